package io.distcache.client;

import io.distcache.client.spi.SharedToken;
import java.util.Objects;

/**
 * Whether and how a client encrypts its connections to nodes. Start from {@link #ON}. Immutable.
 *
 * @param on whether connections are encrypted; nodes must be told the same ({@code server.tls})
 * @param trust the file with the authorities whose nodes are believed, PEM or PKCS#12; empty for those that the JDK trusts
 * @param trustPassword the password of that file, if it is PKCS#12
 * @param certificate the file with the client's own certificate, PEM or PKCS#12; empty if it has none
 * @param key the PEM file with the certificate's key; empty if it is in the same file
 * @param keyPassword the password of an encrypted key, or of a file of PKCS#12
 * @param verifyHost whether the certificate of a node must be for the host that is connected to; without, whoever has any certificate of
 *     the same authority can pass for a node
 */
public record ClientTls(
        boolean on,
        String trust,
        SharedToken trustPassword,
        String certificate,
        String key,
        SharedToken keyPassword,
        boolean verifyHost) {
    /** No encryption. */
    public static final ClientTls OFF = new ClientTls(false, "", SharedToken.NONE, "", "", SharedToken.NONE, true);

    /** Encryption, to nodes whose authorities the JDK trusts. */
    public static final ClientTls ON = new ClientTls(true, "", SharedToken.NONE, "", "", SharedToken.NONE, true);

    public ClientTls {
        Objects.requireNonNull(trust, "trust");
        Objects.requireNonNull(trustPassword, "trustPassword");
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(keyPassword, "keyPassword");
        if (!key.isEmpty() && certificate.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls.key is " + key + ", but tls.certificate is not set; name the file with the key's certificate");
        }
    }

    /** The same, to nodes whose authorities are in this file: PEM, or PKCS#12 with this password. */
    public ClientTls trusting(String file, String password) {
        return new ClientTls(on, file, SharedToken.of(password), certificate, key, keyPassword, verifyHost);
    }

    /** The same, with a certificate of its own: PEM files, or one file of PKCS#12 and an empty name of the key's. */
    public ClientTls showing(String certificateFile, String keyFile, String password) {
        return new ClientTls(on, trust, trustPassword, certificateFile, keyFile, SharedToken.of(password), verifyHost);
    }

    /** The same, with certificates for any host or, as it is from the start, for the host that is connected to. */
    public ClientTls verifyHost(boolean verify) {
        return new ClientTls(on, trust, trustPassword, certificate, key, keyPassword, verify);
    }
}
