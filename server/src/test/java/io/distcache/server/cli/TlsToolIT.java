package io.distcache.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.server.DoorNode;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.access.PasswordHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code distcache tls reload}, against a node with a certificate and users. */
@Timeout(60)
class TlsToolIT {
    private static final PasswordHash PASSWORD = PasswordHash.of(Secret.of("correct horse"), 1000);

    @TempDir
    private Path directory;

    private Tools.Ended reload(DoorNode node, String user, Object... more) {
        Object[] all = new Object[more.length + 9];
        Object[] first = {
            "tls",
            "reload",
            "--node",
            "localhost:" + node.port(),
            "--tls",
            "--tls-trust",
            directory.resolve("authority.pem"),
            "--user=" + user,
            "--password-file=" + directory.resolve("password")
        };
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return Tools.run(all);
    }

    @Test
    void an_operator_has_files_looked_at_at_once_and_hears_what_they_say() throws Exception {
        TestCertificates certificates = TestCertificates.make(
                directory,
                "node " + TestCertificates.LOCAL,
                "next -dname CN=next " + TestCertificates.LOCAL,
                "other -dname CN=other");
        Path access = directory.resolve("access.conf");
        AccessEdit edit = AccessEdit.open(access);
        edit.add("ops", List.of("allow operator"));
        edit.password("ops", PASSWORD);
        edit.add("app", List.of("allow read,write,cache *"));
        edit.password("app", PASSWORD);
        edit.save();
        Files.writeString(directory.resolve("password"), "correct horse\n");
        try (DoorNode node = new DoorNode(
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.tls.reload-interval",
                "1h",
                "access.file",
                access.toString())) {
            Tools.Ended same = reload(node, "ops");
            assertThat(same.code()).as(same.err()).isZero();
            assertThat(same.out()).contains("certificate as before: CN=node, valid until 20", "; 2 users");

            certificates.replace("node", "next");
            assertThat(reload(node, "ops", "--json").out())
                    .contains("\"certificate\":\"CN=next\"", "\"validUntil\":\"20", "\"isNew\":true", "\"users\":2");

            Files.writeString(certificates.key("node"), Files.readString(certificates.key("other")));
            for (int i = 0; i < 2; i++) {
                Tools.Ended broken = reload(node, "ops");
                assertThat(broken.code()).isEqualTo(1);
                assertThat(broken.err().strip().lines()).hasSize(1);
                assertThat(broken.err())
                        .contains(
                                "goes on with the certificate CN=next",
                                certificates.pem("node").toString());
            }
            certificates.replace("node", "next");

            String users = Files.readString(access);
            Files.writeString(access, "user ops\n  allow nonsense\n");
            for (int i = 0; i < 2; i++) {
                Tools.Ended broken = reload(node, "ops");
                assertThat(broken.code()).isEqualTo(1);
                assertThat(broken.err()).contains("users and rules stay as they were", access + " line 2");
            }
            Files.writeString(access, users);

            Tools.Ended refused = reload(node, "app");
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("FORBIDDEN", "user app may not reload");
            assertThat(reload(node, "ops").code()).isZero();
        }
    }

    @Test
    void a_node_without_tls_and_users_says_so() throws Exception {
        try (DoorNode node = new DoorNode()) {
            assertThat(Tools.run("tls", "reload", "--node", "127.0.0.1:" + node.port())
                            .out())
                    .contains("no TLS (server.tls = off); no access file");
        }
    }
}
