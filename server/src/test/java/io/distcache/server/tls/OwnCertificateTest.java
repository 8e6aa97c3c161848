package io.distcache.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.OwnCertificate;
import io.distcache.protocol.tls.TrustedAuthorities;
import io.distcache.protocol.tls.UnusableFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnCertificateTest {
    private static final Secret PASSWORD = Secret.of(TestCertificates.PASSWORD);
    private static final Secret WRONG = Secret.of("wrong");

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;

    @BeforeAll
    static void make() {
        certificates = TestCertificates.make(directory, "node", "other");
    }

    private static NamedFile file(Path path) {
        return new NamedFile("server.tls.x", path);
    }

    private static OwnCertificate read(Path certificate, Path key, Secret password) throws UnusableFileException {
        return OwnCertificate.read(file(certificate), key == null ? null : file(key), password);
    }

    @Test
    void a_certificate_comes_with_its_key_in_another_file_in_the_same_or_in_pkcs12() throws Exception {
        Path both = Files.writeString(
                directory.resolve("both.pem"),
                Files.readString(certificates.pem("node")) + Files.readString(certificates.key("node")));

        for (OwnCertificate one : new OwnCertificate[] {
            read(certificates.pem("node"), certificates.key("node"), Secret.NONE),
            read(both, null, Secret.NONE),
            read(certificates.pem("node"), certificates.encryptedKey("node"), PASSWORD),
            read(certificates.pkcs12("node"), null, PASSWORD)
        }) {
            assertThat(one.toString()).startsWith("CN=node, valid until ");
            assertThat(one.expires())
                    .isBetween(
                            Instant.now().plus(Duration.ofDays(98)),
                            Instant.now().plus(Duration.ofDays(101)));
        }
    }

    @Test
    void what_cannot_be_used_is_named_with_its_setting_and_what_is_wrong_and_without_the_password() throws Exception {
        Path cut = Files.writeString(
                directory.resolve("cut.pem"),
                Files.readString(certificates.pem("node")).substring(0, 100) + "\n-----END CERTIFICATE-----\n");
        Path garbage = Files.write(directory.resolve("garbage"), new byte[] {1, 2, 3});
        Path absent = directory.resolve("absent");

        refused(absent, null, PASSWORD, absent + ": there is no such file");
        refused(directory, null, PASSWORD, "it cannot be read");
        refused(garbage, null, PASSWORD, "it is neither PEM nor PKCS#12");
        refused(cut, certificates.key("node"), PASSWORD, "damaged");
        refused(certificates.pem("node"), null, PASSWORD, "it has no private key");
        refused(certificates.key("node"), null, PASSWORD, "it has no certificate");
        refused(certificates.pem("node"), certificates.key("other"), PASSWORD, "do not belong together");
        refused(certificates.pem("node"), certificates.encryptedKey("node"), WRONG, "is the password right?");
        refused(certificates.pem("node"), certificates.encryptedKey("node"), Secret.NONE, "-password is not set");
        refused(certificates.pkcs12("node"), null, WRONG, "is its password right?");
        refused(certificates.pkcs12("authority"), null, PASSWORD, "it has no certificate with a private key");
    }

    private static void refused(Path certificate, Path key, Secret password, String why) {
        assertThatThrownBy(() -> read(certificate, key, password))
                .isInstanceOf(UnusableFileException.class)
                .hasMessageStartingWith("server.tls.x")
                .hasMessageContaining(why)
                .hasMessageNotContaining("wrong\"")
                .hasMessageNotContaining(TestCertificates.PASSWORD);
    }

    @Test
    void authorities_are_read_from_pem_and_pkcs12() throws Exception {
        assertThat(TrustedAuthorities.read(file(certificates.authority()), Secret.NONE)
                        .getAcceptedIssuers())
                .hasSize(1);
        assertThat(TrustedAuthorities.read(file(certificates.pkcs12("authority")), PASSWORD)
                        .getAcceptedIssuers())
                .hasSize(1);
        assertThatThrownBy(() -> TrustedAuthorities.read(file(certificates.key("node")), Secret.NONE))
                .isInstanceOf(UnusableFileException.class);
    }
}
