package io.distcache.server.tls;

import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.NamedFile;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * TLS at the node's ports. Immutable.
 *
 * @param on whether ports speak TLS, unless they are told otherwise; setting {@code server.tls} itself
 * @param certificate the file with the node's certificate and those that lead from it to the authority, as PEM, or with all of it as PKCS#12
 * @param key the PEM file with the certificate's key; empty if it is in the same file
 * @param keyPassword of an encrypted key, or a file of PKCS#12
 * @param clientAuth whether clients must show certificates
 * @param trust the file with the authorities that sign clients' certificates, as PEM or PKCS#12
 * @param trustPassword of a file of PKCS#12
 * @param reloadInterval how often the files are looked at
 */
public record TlsConfig(
        Switch on,
        String certificate,
        String key,
        Secret keyPassword,
        ClientCertificates clientAuth,
        String trust,
        Secret trustPassword,
        Duration reloadInterval) {
    private static final String CERTIFICATE = "server.tls.certificate";
    private static final String KEY = "server.tls.key";
    private static final String TRUST = "server.tls.trust";

    public TlsConfig {
        if (on == Switch.ON) {
            checkCertificate(certificate);
        }
        if (clientAuth != ClientCertificates.NONE && trust.isEmpty()) {
            throw new IllegalArgumentException("server.tls.client-auth is not none, but " + TRUST
                    + " is not set; name the file with the authorities that sign clients' certificates");
        }
        long millis = reloadInterval.toMillis();
        if (millis < 10 || millis > 3_600_000) {
            throw new IllegalArgumentException(
                    "server.tls.reload-interval is " + millis + "ms; allowed are 10ms to 1h");
        }
    }

    private static void checkCertificate(String certificate) {
        if (certificate.isEmpty()) {
            throw new IllegalArgumentException("TLS is on (server.tls, or that of a door), but " + CERTIFICATE
                    + " is not set; name the PEM file with the node's certificate, and with " + KEY
                    + " that of its key, or a file of PKCS#12 with both");
        }
    }

    NamedFile certificateFile() {
        checkCertificate(certificate);
        return new NamedFile(CERTIFICATE, Path.of(certificate));
    }

    @Nullable
    NamedFile keyFile() {
        return key.isEmpty() ? null : new NamedFile(KEY, Path.of(key));
    }

    @Nullable
    NamedFile trustFile() {
        return trust.isEmpty() ? null : new NamedFile(TRUST, Path.of(trust));
    }
}
