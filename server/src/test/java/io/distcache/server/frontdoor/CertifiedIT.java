package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.server.DoorNode;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.access.PasswordHash;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients with certificates at a node that wants some, and may do without: who they are, and what counts as a failed login. */
@Timeout(60)
class CertifiedIT {
    @TempDir
    private static Path directory;

    private static TestCertificates certificates;
    private static DoorNode node;

    @BeforeAll
    static void start() throws Exception {
        certificates = TestCertificates.make(directory, "node " + TestCertificates.LOCAL, "app", "stranger");
        Path access = directory.resolve("access.conf");
        AccessEdit edit = AccessEdit.open(access);
        edit.add("app", List.of("allow read,write,cache *"));
        edit.add("ops", List.of("allow operator"));
        edit.password("ops", PasswordHash.of(Secret.of("correct horse"), 1000));
        edit.save();
        node = new DoorNode(
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.tls.client-auth",
                "want",
                "server.tls.trust",
                certificates.authority().toString(),
                "access.file",
                access.toString());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Socket connected(String certificate, int port) throws Exception {
        TlsToNodes tls = TlsToNodes.read(new ClientFiles(
                new NamedFile("trust", certificates.authority()),
                Secret.NONE,
                new NamedFile("certificate", certificates.pem(certificate)),
                new NamedFile("key", certificates.key(certificate)),
                Secret.NONE,
                true));
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setSoTimeout(20_000);
        return tls.encrypt(plain, "localhost", port);
    }

    /** What is answered to some lines of a client of Redis with a certificate. */
    private static String ask(String certificate, String... lines) throws Exception {
        try (Socket socket = connected(certificate, node.respPort())) {
            socket.getOutputStream()
                    .write((String.join("\r\n", lines) + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void who_a_certificate_names_is_that_user_again_after_a_reset() throws Exception {
        assertThat(ask(
                        "app",
                        "ACL WHOAMI",
                        "AUTH ops \"correct horse\"",
                        "ACL WHOAMI",
                        "RESET",
                        "ACL WHOAMI",
                        "SET k v"))
                .isEqualTo("$3\r\napp\r\n+OK\r\n$3\r\nops\r\n+RESET\r\n$3\r\napp\r\n+OK\r\n+OK\r\n");
    }

    @Test
    void a_certificate_of_nobodys_name_is_no_failed_login_where_others_ways_are_open() throws Exception {
        long before = node.health().failedLogins();
        String stranger = "-NOAUTH Authentication required.";
        assertThat(ask("stranger", "GET k", "AUTH ops \"correct horse\"", "ACL WHOAMI", "RESET", "GET k"))
                .isEqualTo(String.join("\r\n", stranger, "+OK", "$3", "ops", "+RESET", stranger, "+OK", ""));
        assertThat(node.health().failedLogins()).isEqualTo(before);

        assertThat(ask("stranger", "AUTH ops wrong")).startsWith("-WRONGPASS");
        assertThat(node.health().failedLogins()).isEqualTo(before + 1);

        long forbidden = node.health().forbiddenCommands();
        assertThat(ask("app", "FLUSHALL", "ACL USERS", "ACL LOG")).contains("'acl|users'", "'acl|log'");
        assertThat(node.health().forbiddenCommands()).isGreaterThanOrEqualTo(forbidden + 2);
    }

    @Test
    void a_native_client_with_nothing_but_such_a_certificate_is_refused() throws Exception {
        long before = node.health().failedLogins();
        try (RawClient client = new RawClient(connected("stranger", node.port()))) {
            assertThat(client.greet().next().toString()).contains("no user has the certificate's name");
        }
        assertThat(node.health().failedLogins()).isEqualTo(before + 1);
    }
}
