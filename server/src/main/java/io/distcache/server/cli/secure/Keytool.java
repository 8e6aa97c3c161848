package io.distcache.server.cli.secure;

import io.distcache.protocol.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes keys and certificates with the keytool of the JDK that runs this, in a file of PKCS#12 that is removed again. Its password is known to
 * nobody else: other processes of the machine do not see an environment. Confined to one thread.
 */
final class Keytool implements AutoCloseable {
    private static final int LONGEST_SECONDS = 60;
    private static final int PASSWORD_BYTES = 24;
    private static final String PASSWORD_NAME = "DISTCACHE_STORE_PASSWORD";

    private final Path tool;
    private final Path store;
    private final String password;

    /**
     * One that has made nothing.
     *
     * @param directory where its file is to be
     */
    Keytool(Path directory) throws IOException {
        Path home = Path.of(System.getProperty("java.home"));
        boolean isWindows = System.getProperty("os.name").startsWith("Windows");
        this.tool = home.resolve("bin").resolve(isWindows ? "keytool.exe" : "keytool");
        if (!Files.isExecutable(tool)) {
            throw new IOException("there is no " + tool + ", which makes certificates; run this with a whole JDK or JRE"
                    + " (JAVA_HOME)");
        }
        this.store = directory.resolve(".keystore.p12");
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        this.password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /**
     * Makes a pair of keys and its certificate.
     *
     * @param name of both in the store
     * @param signer the name of who signs it; empty if it does so itself
     * @param extensions as keytool has them
     */
    void make(String name, String subject, String signer, int days, List<String> extensions) throws IOException {
        List<String> command = new ArrayList<>(List.of(tool.toString(), "-J-XX:TieredStopAtLevel=1", "-genkeypair"));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass:env", PASSWORD_NAME));
        command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
        command.addAll(List.of("-alias", name, "-dname", subject, "-validity", Integer.toString(days)));
        if (!signer.isEmpty()) {
            command.addAll(List.of("-signer", signer));
        }
        extensions.forEach(extension -> command.addAll(List.of("-ext", extension)));
        run(command);
    }

    private void run(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(PASSWORD_NAME, password);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            byte[] said = process.getInputStream().readAllBytes();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(tool + " did not end within " + LONGEST_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(
                        tool + " failed: " + OneLine.of(new String(said, Charset.defaultCharset()).strip()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + tool + " ran");
        } finally {
            process.destroyForcibly();
        }
    }

    /** A key, as PEM. */
    String key(String name) throws IOException {
        try {
            Key key = open().getKey(name, password.toCharArray());
            return block("PRIVATE KEY", key.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool has made no key that can be read: " + e.getMessage(), e);
        }
    }

    /** A certificate, as PEM. */
    String certificate(String name) throws IOException {
        try {
            Certificate certificate = open().getCertificate(name);
            return block("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool has made no certificate that can be read: " + e.getMessage(), e);
        }
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore opened = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            opened.load(in, password.toCharArray());
        }
        return opened;
    }

    private static String block(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + kind + "-----\n";
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(store);
    }
}
