package io.distcache.server.tls;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TrustedAuthorities;
import io.distcache.server.DoorNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** Every port of a node speaks TLS if it is told to, and tells clients that do not. */
@Timeout(60)
class TlsDoorsIT {
    private static final int AT_ONCE_MILLIS = 5_000;

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;
    private static SSLContext trusting;
    private static DoorNode node;

    @BeforeAll
    static void start() throws Exception {
        certificates = TestCertificates.make(
                directory, "node " + TestCertificates.LOCAL, "next -dname CN=next " + TestCertificates.LOCAL);
        trusting = SSLContext.getInstance("TLS");
        trusting.init(
                null,
                new TrustManager[] {
                    TrustedAuthorities.read(new NamedFile("trust", certificates.authority()), Secret.NONE)
                },
                null);
        node = new DoorNode(
                "http.port",
                "0",
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.handshake-timeout",
                "1s");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static SSLSocket connect(int port) throws IOException {
        SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void native_clients_are_served(String version) throws Exception {
        try (SSLSocket socket = connect(node.port())) {
            socket.setEnabledProtocols(new String[] {version});
            try (RawClient client = new RawClient(socket).greet()) {
                client.ask(new Command.OpenCache(1, CacheDefinition.of("shop", "tls"), true));
                Reply size = client.ask(new Command.Size(1));

                assertThat(size).isEqualTo(new Reply.Count(0));
                assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1", "TLSv1.1"})
    void old_versions_are_not_spoken(String version) throws Exception {
        try (SSLSocket socket = connect(node.port())) {
            socket.setEnabledProtocols(new String[] {version});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
        }
    }

    @Test
    @SuppressWarnings("deprecation") // the newer way takes files only
    void clients_of_redis_are_served_with_values_of_many_records() {
        try (Jedis jedis = new Jedis(
                new HostAndPort("localhost", node.respPort()),
                DefaultJedisClientConfig.builder()
                        .ssl(true)
                        .sslSocketFactory(trusting.getSocketFactory())
                        .build())) {
            byte[] value = new byte[5 << 20];
            new Random(1).nextBytes(value);
            byte[] key = "tls".getBytes(StandardCharsets.US_ASCII);

            assertThat(jedis.set(key, value)).isEqualTo("OK");
            assertThat(jedis.get(key)).isEqualTo(value);
        }
    }

    @Test
    void clients_of_memcached_are_served() throws Exception {
        try (SSLSocket socket = connect(node.memcachedPort())) {
            socket.getOutputStream().write("set k 0 0 1\r\nv\r\nget k\r\n".getBytes(StandardCharsets.US_ASCII));

            String wanted = "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n";
            assertThat(new String(socket.getInputStream().readNBytes(wanted.length()), StandardCharsets.US_ASCII))
                    .isEqualTo(wanted);
        }
    }

    @Test
    void health_is_told_by_https() throws Exception {
        HttpResponse<String> health = HttpClient.newBuilder()
                .sslContext(trusting)
                .connectTimeout(Duration.ofSeconds(20))
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + node.httpPort() + "/health"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(health.body()).contains("\"state\":\"serving\"");
    }

    @Test
    void a_native_client_that_speaks_plain_text_is_told_so() throws Exception {
        try (RawClient client = new RawClient(node.port()).greet()) {
            assertThat(client.reply()).isInstanceOfSatisfying(Reply.Failure.class, failure -> {
                assertThat(failure.status()).isEqualTo(Status.UNAUTHORIZED);
                assertThat(failure.message()).contains("this port speaks TLS");
            });
            client.awaitClosed();
        }
    }

    @ParameterizedTest
    @CsvSource({"true, -ERR this port speaks TLS", "false, SERVER_ERROR this port speaks TLS"})
    void other_clients_that_speak_plain_text_are_told_so(boolean redis, String told) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), redis ? node.respPort() : node.memcachedPort())) {
            socket.setSoTimeout(AT_ONCE_MILLIS);
            socket.getOutputStream().write("get k\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith(told)
                    .endsWith("\r\n");
        }
    }

    @Test
    void handshakes_that_do_not_end_are_ended_and_leave_no_connection_behind() throws Exception {
        for (String begin :
                new String[] {"", "\u0016\u0003\u0001\u0002\u0000\u0001", "\u0016\u0003\u0001\u0000\u0001x"}) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
                socket.setSoTimeout(AT_ONCE_MILLIS);
                socket.getOutputStream().write(begin.getBytes(StandardCharsets.ISO_8859_1));
                InputStream in = socket.getInputStream();
                byte[] last = in.readAllBytes();

                // Alerts at most, of seven bytes each.
                assertThat(last.length).isIn(0, 7, 14);
            }
        }
        eventually(() -> assertThat(node.health().connections()).isZero());
    }

    @Test
    void a_renewed_certificate_is_shown_at_every_port_and_connections_go_on() throws Exception {
        try (DoorNode renewed = new DoorNode(
                        "http.port",
                        "0",
                        "server.tls",
                        "on",
                        "server.tls.certificate",
                        certificates.pkcs12("node").toString(),
                        "server.tls.key-password",
                        TestCertificates.PASSWORD,
                        "server.tls.reload-interval",
                        "20ms");
                RawClient before = new RawClient(connect(renewed.port())).greet()) {
            before.ask(new Command.OpenCache(1, CacheDefinition.of("shop", "tls"), true));
            int[] ports = {renewed.port(), renewed.respPort(), renewed.memcachedPort(), renewed.httpPort()};
            for (int port : ports) {
                assertThat(shown(port)).isEqualTo("CN=node");
            }

            certificates.replace("node", "next");

            for (int port : ports) {
                eventually(() -> assertThat(shown(port)).isEqualTo("CN=next"));
            }
            assertThat(before.ask(new Command.Size(1))).isEqualTo(new Reply.Count(0));
        }
    }

    /** The name in the certificate that is shown at a port. */
    private static String shown(int port) throws IOException {
        try (SSLSocket socket = connect(port)) {
            socket.startHandshake();
            return socket.getSession().getPeerPrincipal().getName();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "resp", "memcached"})
    void keys_are_negotiated_once_and_who_asks_again_is_ended(String door) throws Exception {
        int port = switch (door) {
            case "resp" -> node.respPort();
            case "memcached" -> node.memcachedPort();
            default -> node.port();
        };
        try (SSLSocket socket = connect(port)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        int end = socket.getInputStream().read();
                        throw new SSLException("read " + end + " and the handshake has not failed");
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageNotContaining("has not failed");
        }
        eventually(() -> assertThat(node.health().connections()).isZero());
    }

    @Test
    void garbage_inside_tls_ends_the_connection() throws Exception {
        try (SSLSocket socket = connect(node.port())) {
            RawClient client = new RawClient(socket);
            client.send(new byte[] {1, 2, 3, 4, 5, 6});
            client.awaitClosed();
        }
    }
}
