package io.distcache.protocol.tls;

import io.distcache.protocol.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Reads whose certificates one end of a connection believes. Stateless. */
public final class TrustedAuthorities {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

    private TrustedAuthorities() {}

    /**
     * Reads the certificates of authorities from a PEM file, or a file of PKCS#12 in which they stand as trusted.
     *
     * @param password of the file of PKCS#12; empty for PEM
     * @throws UnusableFileException if the file cannot be read, is damaged, or has no such certificate
     */
    public static X509TrustManager read(NamedFile file, Secret password) throws UnusableFileException {
        byte[] bytes = file.read();
        X509TrustManager trust = NamedFile.isPem(bytes) ? pem(file, bytes) : pkcs12(file, bytes, password);
        if (trust.getAcceptedIssuers().length == 0) {
            throw file.unusable("it has no trusted certificate; write the authority's as PEM, or make the file with"
                    + " keytool -importcert -storetype PKCS12");
        }
        return trust;
    }

    private static X509TrustManager pem(NamedFile file, byte[] bytes) throws UnusableFileException {
        StringBuilder blocks = new StringBuilder();
        // The JDK stumbles over the remarks that openssl writes between them.
        Matcher block = CERTIFICATE.matcher(NamedFile.text(bytes));
        while (block.find()) {
            blocks.append(block.group()).append('\n');
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509")
                    .generateCertificates(
                            new ByteArrayInputStream(blocks.toString().getBytes(StandardCharsets.US_ASCII)))) {
                store.setCertificateEntry("authority-" + count++, one);
            }
            return of(store);
        } catch (GeneralSecurityException | IOException e) {
            throw file.unusable("its certificates are damaged: " + e.getMessage(), e);
        }
    }

    private static X509TrustManager pkcs12(NamedFile file, byte[] bytes, Secret password) throws UnusableFileException {
        KeyStore store = OwnCertificate.keyStore(file, bytes, password.reveal().toCharArray());
        try {
            return of(store);
        } catch (GeneralSecurityException e) {
            throw file.unusable("its certificates cannot be used: " + e.getMessage(), e);
        }
    }

    private static X509TrustManager of(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager any : factory.getTrustManagers()) {
            if (any instanceof X509TrustManager trust) {
                return trust;
            }
        }
        throw new IllegalStateException("the JDK has no trust manager for X.509");
    }
}
