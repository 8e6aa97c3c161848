package io.distcache.protocol.tls;

import io.distcache.protocol.Secret;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** A certificate and its key, by which one end of a connection shows who it is. Immutable. */
public final class OwnCertificate {
    private final X509KeyManager keyManager;
    private final List<X509Certificate> chain;

    private OwnCertificate(X509KeyManager keyManager, List<X509Certificate> chain) {
        this.keyManager = keyManager;
        this.chain = chain;
    }

    /**
     * Reads a certificate and its key: a PEM file with the chain, the own certificate first, and the key in the same or another PEM
     * file; or both in one file of PKCS#12.
     *
     * @param key null if it is in the file of the certificate
     * @param password of an encrypted key or a file of PKCS#12; empty if there is none
     * @throws UnusableFileException if a file cannot be read, is damaged, or the key is another certificate's
     */
    public static OwnCertificate read(NamedFile certificate, @Nullable NamedFile key, Secret password)
            throws UnusableFileException {
        byte[] bytes = certificate.read();
        KeyManagerFactory factory;
        if (NamedFile.isPem(bytes)) {
            NamedFile keyFile = key == null ? certificate : key;
            factory = pem(certificate, bytes, keyFile, key == null ? bytes : key.read(), password);
        } else {
            factory = pkcs12(certificate, bytes, password);
        }
        return of(certificate, factory);
    }

    private static KeyManagerFactory pem(
            NamedFile certificate, byte[] bytes, NamedFile keyFile, byte[] keyBytes, Secret password)
            throws UnusableFileException {
        String key = NamedFile.text(keyBytes);
        if (!key.contains("PRIVATE KEY-----")) {
            throw keyFile.unusable("it has no private key (-----BEGIN PRIVATE KEY-----)");
        }
        if (!NamedFile.text(bytes).contains("-----BEGIN CERTIFICATE-----")) {
            throw certificate.unusable("it has no certificate (-----BEGIN CERTIFICATE-----)");
        }
        String plain = PrivateKeyText.decrypted(keyFile, key, password);
        try {
            return new PemKeyCertOptions()
                    .addKeyValue(Buffer.buffer(plain))
                    .addCertValue(Buffer.buffer(bytes))
                    .getKeyManagerFactory(null);
        } catch (Exception e) {
            throw certificate.unusable(
                    "it, or the key in " + keyFile.path() + ", is damaged or of an unknown kind: " + e.getMessage(), e);
        }
    }

    private static KeyManagerFactory pkcs12(NamedFile file, byte[] bytes, Secret password)
            throws UnusableFileException {
        char[] chars = password.reveal().toCharArray();
        KeyStore store = keyStore(file, bytes, chars);
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, chars);
            return factory;
        } catch (GeneralSecurityException e) {
            throw file.unusable("its key cannot be decrypted; is the password right?", e);
        }
    }

    /** A file of PKCS#12. */
    static KeyStore keyStore(NamedFile file, byte[] bytes, char[] password) throws UnusableFileException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), password);
            return store;
        } catch (IOException | GeneralSecurityException e) {
            boolean wrongPassword = e.getCause() instanceof GeneralSecurityException;
            throw file.unusable(
                    wrongPassword
                            ? "it cannot be decrypted; is its password right?"
                            : "it is neither PEM nor PKCS#12, or damaged",
                    e);
        }
    }

    private static OwnCertificate of(NamedFile file, KeyManagerFactory factory) throws UnusableFileException {
        for (KeyManager any : factory.getKeyManagers()) {
            if (any instanceof X509KeyManager manager) {
                for (String type : new String[] {"RSA", "EC", "EdDSA", "RSASSA-PSS"}) {
                    String[] aliases = manager.getServerAliases(type, null);
                    if (aliases != null && aliases.length > 0) {
                        X509Certificate[] chain = manager.getCertificateChain(aliases[0]);
                        checkKey(file, chain[0], manager.getPrivateKey(aliases[0]));
                        return new OwnCertificate(manager, List.of(chain));
                    }
                }
            }
        }
        throw file.unusable("it has no certificate with a private key of type RSA, EC or EdDSA");
    }

    private static void checkKey(NamedFile file, Certificate certificate, PrivateKey key) throws UnusableFileException {
        String algorithm = switch (certificate.getPublicKey().getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> "";
        };
        if (algorithm.isEmpty()) {
            return;
        }
        byte[] anything = {1, 2, 3};
        boolean fits;
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(anything);
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(certificate);
            verifying.update(anything);
            fits = verifying.verify(signing.sign());
        } catch (GeneralSecurityException e) {
            fits = false;
        }
        if (!fits) {
            throw file.unusable("the key is another certificate's: certificate and key do not belong together");
        }
    }

    /** For an engine of TLS. */
    public X509KeyManager keyManager() {
        return keyManager;
    }

    /** Whose it is. */
    public String subject() {
        return chain.get(0).getSubjectX500Principal().getName();
    }

    /** When the first certificate of the chain to do so expires. */
    public Instant expires() {
        Instant first = Instant.MAX;
        for (X509Certificate certificate : chain) {
            Instant end = certificate.getNotAfter().toInstant();
            first = end.isBefore(first) ? end : first;
        }
        return first;
    }

    /** Whose it is and until when, for people. */
    @Override
    public String toString() {
        return subject() + ", valid until " + expires();
    }
}
