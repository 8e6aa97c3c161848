package io.distcache.server.tls;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTlsTest {
    @TempDir
    private static Path made;

    private static TestCertificates all;

    @TempDir
    private Path directory;

    private TestCertificates certificates;
    private long nowMillis = System.currentTimeMillis();

    @BeforeAll
    static void make() {
        all = TestCertificates.make(
                made,
                "node -validity 30",
                "next -validity 300",
                "uri -dname CN=cn -ext san=dns:d.example,uri:urn:u",
                "dns -dname CN=cn -ext san=ip:127.0.0.1,dns:d.example",
                "cn -dname CN=a,OU=b");
    }

    @BeforeEach
    void copy() throws Exception {
        certificates = all.copiedTo(directory);
    }

    private NodeTls read() throws Exception {
        return read(certificates.pem("node"), certificates.key("node"));
    }

    private NodeTls read(Path certificate, Path key) throws Exception {
        return new NodeTls(
                new TlsConfig(
                        Switch.ON,
                        certificate.toString(),
                        key.toString(),
                        Secret.NONE,
                        ClientCertificates.NONE,
                        "",
                        Secret.NONE,
                        Duration.ofSeconds(1)),
                Duration.ofSeconds(1),
                () -> nowMillis);
    }

    @Test
    void changed_files_are_taken_and_told_once() throws Exception {
        NodeTls tls = read();
        AtomicInteger changes = new AtomicInteger();
        tls.afterChange(changes::incrementAndGet);
        tls.look();
        assertThat(changes).hasValue(0);
        assertThat(tls.toString()).startsWith("CN=node,");

        certificates.replace("node", "next");
        tls.look();
        tls.look();

        assertThat(tls.toString()).startsWith("CN=next,");
        assertThat(changes).hasValue(1);
    }

    @Test
    void a_secret_of_kubernetes_is_taken_when_its_link_is_swapped() throws Exception {
        // As a mounted secret lies there: tls.crt -> ..data/tls.crt, and ..data -> ..2026_11_29_22_00_00.123.
        Path mount = Files.createDirectory(directory.resolve("tls"));
        for (String name : new String[] {"node", "next"}) {
            Path version = Files.createDirectory(mount.resolve(".." + name));
            Files.copy(certificates.pem(name), version.resolve("tls.crt"));
            Files.copy(certificates.key(name), version.resolve("tls.key"));
        }
        Files.createSymbolicLink(mount.resolve("..data"), Path.of("..node"));
        Files.createSymbolicLink(mount.resolve("tls.crt"), Path.of("..data/tls.crt"));
        Files.createSymbolicLink(mount.resolve("tls.key"), Path.of("..data/tls.key"));
        NodeTls tls = read(mount.resolve("tls.crt"), mount.resolve("tls.key"));
        assertThat(tls.subject()).isEqualTo("CN=node");

        Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..next"));
        Files.move(
                mount.resolve("..data_tmp"),
                mount.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(tls.look()).isEmpty();
        assertThat(tls.subject()).isEqualTo("CN=next");
    }

    @Test
    void files_that_cannot_be_used_change_nothing_until_they_can() throws Exception {
        NodeTls tls = read();
        String key = Files.readString(certificates.key("next"));
        Files.delete(certificates.key("node"));
        tls.look();
        assertThat(tls.toString()).startsWith("CN=node,");

        // A renewal in two steps: for a moment the certificate is there, and the key is the old one's.
        certificates.replace("node", "next");
        Files.writeString(certificates.key("node"), Files.readString(certificates.key("cn")));
        tls.look();
        tls.look();
        assertThat(tls.toString()).startsWith("CN=node,");

        Files.writeString(certificates.key("node"), key);
        tls.look();
        assertThat(tls.toString()).startsWith("CN=next,");
    }

    @Test
    void a_file_that_was_gone_and_is_back_as_it_was_is_nothing_to_complain_of() throws Exception {
        NodeTls tls = read();
        String key = Files.readString(certificates.key("node"));
        Files.delete(certificates.key("node"));
        assertThat(tls.look()).contains("node.key");

        Files.writeString(certificates.key("node"), key);

        assertThat(tls.look()).isEmpty();
    }

    @Test
    void a_client_is_called_by_its_uri_else_its_dns_name_else_its_common_name() throws Exception {
        assertThat(called("uri")).isEqualTo("urn:u");
        assertThat(called("dns")).isEqualTo("d.example");
        assertThat(called("cn")).isEqualTo("a");
    }

    /** What a node calls a client that shows a certificate, after a handshake without sockets. */
    private String called(String name) throws Exception {
        NodeTls tls = new NodeTls(
                new TlsConfig(
                        Switch.ON,
                        certificates.pkcs12("node").toString(),
                        "",
                        Secret.of(TestCertificates.PASSWORD),
                        ClientCertificates.WANT,
                        certificates.authority().toString(),
                        Secret.NONE,
                        Duration.ofSeconds(1)),
                Duration.ofSeconds(20),
                () -> nowMillis);
        TlsToNodes client = TlsToNodes.read(new ClientFiles(
                new NamedFile("trust", certificates.authority()),
                Secret.NONE,
                new NamedFile("certificate", certificates.pem(name)),
                new NamedFile("key", certificates.key(name)),
                Secret.NONE,
                false));
        EmbeddedChannel node = new EmbeddedChannel(tls.newHandler(ByteBufAllocator.DEFAULT));
        EmbeddedChannel other = new EmbeddedChannel(new SslHandler(client.engine("localhost", 1)));
        assertThat(PeerCertificate.name(node.pipeline())).isNull();
        // The node's part of a handshake is computed on a thread of its own.
        eventually("the client has shown its certificate", () -> {
            pass(other, node);
            pass(node, other);
            return PeerCertificate.name(node.pipeline()) != null;
        });
        return PeerCertificate.name(node.pipeline());
    }

    private static void pass(EmbeddedChannel from, EmbeddedChannel to) {
        from.runPendingTasks();
        for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            to.writeInbound(bytes);
        }
    }

    @Test
    void days_left_include_the_begun_one_and_are_negative_when_it_has_expired() throws Exception {
        NodeTls tls = read();
        assertThat(tls.daysLeft()).isBetween(30L, 31L);

        nowMillis += TimeUnit.DAYS.toMillis(20);
        assertThat(tls.daysLeft()).isBetween(10L, 11L);

        nowMillis += TimeUnit.DAYS.toMillis(20);
        assertThat(tls.daysLeft()).isBetween(-11L, -10L);
    }
}
