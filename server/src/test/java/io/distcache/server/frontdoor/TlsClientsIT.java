package io.distcache.server.frontdoor;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TrustedAuthorities;
import io.distcache.server.DoorNode;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.access.PasswordHash;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** Clients of Redis over TLS and as users: they are served, or say in one error why not. */
@Timeout(120)
class TlsClientsIT {
    private static final PasswordHash PASSWORD = PasswordHash.of(Secret.of("right horse"), 1000);

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;
    private static TestCertificates strangers;
    private static Path users;
    private static DoorNode node;

    @BeforeAll
    static void start() throws Exception {
        TestCertificates all = TestCertificates.make(
                Files.createDirectory(directory.resolve("all")),
                "node " + TestCertificates.LOCAL,
                "good " + TestCertificates.LOCAL,
                "elsewhere -ext san=dns:elsewhere.example",
                "expired " + TestCertificates.LOCAL + " -startdate -10d -validity 2");
        certificates = all.copiedTo(Files.createDirectory(directory.resolve("used")));
        strangers = TestCertificates.make(Files.createDirectory(directory.resolve("strangers")));
        users = directory.resolve("access.conf");
        node = new DoorNode(
                "server.tls",
                "on",
                "server.tls.certificate",
                certificates.pem("node").toString(),
                "server.tls.key",
                certificates.key("node").toString(),
                "server.tls.reload-interval",
                "10ms",
                "access.file",
                withUsers().toString());
    }

    private static Path withUsers() throws Exception {
        AccessEdit edit = AccessEdit.open(users);
        for (String name : List.of("app", "gone0", "gone1")) {
            edit.add(name, List.of("allow read,write main"));
            edit.password(name, PASSWORD);
        }
        edit.save();
        return users;
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private enum Client {
        JEDIS {
            @Override
            @SuppressWarnings("deprecation") // the newer way takes files of keystores only
            String call(TestCertificates trusted, String user, String password) throws Exception {
                SSLParameters checked = new SSLParameters();
                checked.setEndpointIdentificationAlgorithm("HTTPS");
                try (Jedis jedis = new Jedis(
                        new HostAndPort("localhost", node.respPort()),
                        DefaultJedisClientConfig.builder()
                                .user(user)
                                .password(password)
                                .ssl(true)
                                .sslSocketFactory(context(trusted).getSocketFactory())
                                .sslParameters(checked)
                                .socketTimeoutMillis(20_000)
                                .build())) {
                    jedis.set("k", "v");
                    return jedis.get("k");
                }
            }
        },
        LETTUCE {
            @Override
            String call(TestCertificates trusted, String user, String password) {
                RedisClient client = RedisClient.create(RedisURI.builder()
                        .withHost("localhost")
                        .withPort(node.respPort())
                        .withSsl(true)
                        .withAuthentication(user, password.toCharArray())
                        .withTimeout(Duration.ofSeconds(20))
                        .build());
                client.setOptions(ClientOptions.builder()
                        .sslOptions(SslOptions.builder()
                                .trustManager(trusted.authority().toFile())
                                .build())
                        .build());
                try (StatefulRedisConnection<String, String> connection = client.connect()) {
                    connection.sync().set("k", "v");
                    return connection.sync().get("k");
                } finally {
                    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
                }
            }
        };

        /** Sets an entry and gets it. */
        abstract String call(TestCertificates trusted, String user, String password) throws Exception;

        /** All that is said of why a call fails. */
        String failure(TestCertificates trusted, String user, String password) {
            try {
                return "served: " + call(trusted, user, password);
            } catch (Exception e) {
                StringBuilder all = new StringBuilder();
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    all.append(cause).append('\n');
                }
                return all.toString();
            }
        }
    }

    private static SSLContext context(TestCertificates trusted) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {TrustedAuthorities.read(new NamedFile("trust", trusted.authority()), Secret.NONE)},
                null);
        return context;
    }

    private static void show(String certificate) throws Exception {
        certificates.replace("node", certificate);
        eventually(() -> assertThat(shown()).isEqualTo("CN=" + certificate));
    }

    /** The name in the certificate that the node shows, be it good or not. */
    private static String shown() throws Exception {
        SSLContext any = SSLContext.getInstance("TLS");
        any.init(null, new TrustManager[] {TestCertificates.ANY}, null);
        try (SSLSocket socket = (SSLSocket) any.getSocketFactory().createSocket("localhost", node.respPort())) {
            socket.startHandshake();
            return socket.getSession().getPeerPrincipal().getName();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_client_is_served_or_says_why_not(Client client) throws Exception {
        show("good");
        assertThat(client.call(certificates, "app", "right horse")).isEqualTo("v");
        assertThat(client.failure(certificates, "app", "wrong horse")).contains("WRONGPASS invalid username-password");
        assertThat(client.failure(strangers, "app", "right horse"))
                .contains("Path does not chain with any of the trust anchors");

        String gone = "gone" + client.ordinal();
        assertThat(client.call(certificates, gone, "right horse")).isEqualTo("v");
        AccessEdit edit = AccessEdit.open(users);
        edit.remove(gone);
        edit.save();
        // Lettuce, cut off in the moment in which the node hears of it, would try again until its time is over.
        eventually(() -> assertThat(Client.JEDIS.failure(certificates, gone, "right horse"))
                .contains("WRONGPASS"));
        assertThat(client.failure(certificates, gone, "right horse")).contains("WRONGPASS");

        show("expired");
        assertThat(client.failure(certificates, "app", "right horse")).contains("CertificateExpiredException");
        show("elsewhere");
        assertThat(client.failure(certificates, "app", "right horse"))
                .containsAnyOf(
                        "No subject alternative DNS name matching localhost found", "No name matching localhost");
    }
}
