package io.distcache.protocol.tls;

import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A private key as PEM: what is encrypted is decrypted, so that it can be read as any other. Stateless. */
final class PrivateKeyText {
    private static final String ENCRYPTED_BEGIN = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    private static final String ENCRYPTED_END = "-----END ENCRYPTED PRIVATE KEY-----";

    private PrivateKeyText() {}

    /**
     * The key of a PEM file, not encrypted.
     *
     * @param pem the file's text
     * @throws UnusableFileException if the key is encrypted and cannot be decrypted with this password
     */
    static String decrypted(NamedFile file, String pem, Secret password) throws UnusableFileException {
        if (pem.contains("Proc-Type: 4,ENCRYPTED")) {
            throw file.unusable("its key is encrypted as openssl did it long ago;"
                    + " write it anew with: openssl pkcs8 -topk8 -in " + file.path() + " -out NEW");
        }
        int begin = pem.indexOf(ENCRYPTED_BEGIN);
        int end = pem.indexOf(ENCRYPTED_END);
        if (begin < 0 || end < begin) {
            return pem;
        }
        if (password.isEmpty()) {
            throw file.unusable("its key is encrypted, and " + file.setting() + "-password is not set");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + ENCRYPTED_BEGIN.length(), end));
            byte[] key = decrypt(new EncryptedPrivateKeyInfo(der), password);
            byte[] lineEnd = {'\n'};
            return "-----BEGIN PRIVATE KEY-----\n"
                    + new String(Base64.getMimeEncoder(64, lineEnd).encode(key), StandardCharsets.US_ASCII)
                    + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException e) {
            throw file.unusable("its key cannot be decrypted; is the password right?", e);
        } catch (IOException | IllegalArgumentException e) {
            throw file.unusable("its key is damaged", e);
        }
    }

    private static byte[] decrypt(EncryptedPrivateKeyInfo info, Secret password) throws GeneralSecurityException {
        // PBES2 is a frame for algorithms, which its parameters name (RFC 8018, A.4).
        String algorithm = String.valueOf(info.getAlgParameters());
        SecretKeyFactory factory =
                SecretKeyFactory.getInstance(algorithm.startsWith("PBE") ? algorithm : info.getAlgName());
        Cipher cipher = Cipher.getInstance(algorithm.startsWith("PBE") ? algorithm : info.getAlgName());
        PBEKeySpec spec = new PBEKeySpec(password.reveal().toCharArray());
        cipher.init(Cipher.DECRYPT_MODE, factory.generateSecret(spec), info.getAlgParameters());
        return info.getKeySpec(cipher).getEncoded();
    }
}
