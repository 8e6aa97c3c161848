package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.ClientTls;
import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.client.spi.SecretFile;
import io.distcache.client.spi.SharedToken;
import io.distcache.fixtures.TestCertificates;
import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TrustedAuthorities;
import io.distcache.server.Main;
import io.distcache.server.access.AccessEdit;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** DistCache's own clients speak TLS with nodes, know whom they speak with, and say in one line why they cannot. */
@Timeout(120)
class TlsClientIT {
    private static final String ELSEWHERE = "-ext san=dns:elsewhere.example";

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;
    private static TestCertificates strangers;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void make() throws Exception {
        certificates = TestCertificates.make(
                directory,
                "node " + TestCertificates.LOCAL,
                "elsewhere " + ELSEWHERE,
                "expired " + TestCertificates.LOCAL + " -startdate -10d -validity 2",
                "app -ext san=uri:urn:app:shop,dns:app.example");
        strangers = TestCertificates.make(
                Files.createDirectory(directory.resolve("strangers")), "stranger " + TestCertificates.LOCAL);
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private String node(TestCertificates of, String certificate, String... settings) throws Exception {
        ConfigReader reader = new ConfigReader()
                .set("server.port", "0", "a test")
                .set("server.tls", "on", "a test")
                .set("server.tls.certificate", of.pem(certificate).toString(), "a test")
                .set("server.tls.key", of.key(certificate).toString(), "a test");
        return node(reader, settings);
    }

    private String node(ConfigReader reader, String... settings) throws Exception {
        for (String setting : settings) {
            String[] keyAndValue = setting.split("=", 2);
            reader.set(keyAndValue[0], keyAndValue[1], "a test");
        }
        Node node = new Node(reader.read(), InstantSource.system());
        opened.add(node);
        String address = node.listen();
        node.load(percent -> {});
        return "localhost" + address.substring(address.lastIndexOf(':'));
    }

    private static ClientTls trusting() {
        return ClientTls.ON.trusting(certificates.authority().toString(), "");
    }

    private DistCacheClient client(String nodes, ClientTls tls) {
        DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(nodes).toBuilder()
                .tls(tls)
                .callTimeout(Duration.ofSeconds(20))
                .connectTimeout(Duration.ofSeconds(20))
                .build());
        opened.add(client);
        return client;
    }

    private void refused(String node, ClientTls tls, String why) {
        assertThatThrownBy(() -> client(node, tls))
                .isInstanceOf(DistCacheException.class)
                .hasMessageContaining(node)
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void a_client_that_trusts_the_authority_is_served_by_a_pool() throws Exception {
        String nodes = node(certificates, "node") + "," + node(certificates, "node");

        DistCacheClient client = client(nodes, trusting());
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 7;
        for (int i = 0; i < 20; i++) {
            client.set("key" + i, i == 0 ? large : i);
        }

        assertThat(client.<byte[]>get("key0")).isEqualTo(large);
        assertThat(client.<Integer>get("key19")).isEqualTo(19);
        assertThat(client.pool().nodes()).hasSize(2);
    }

    @Test
    void who_shows_a_certificate_of_another_authority_or_host_or_time_is_not_believed() throws Exception {
        refused(node(strangers, "stranger"), trusting(), "signed by no authority that is trusted here");
        refused(node(certificates, "node"), ClientTls.ON, "signed by no authority that is trusted here");
        refused(node(certificates, "expired"), trusting(), "the node's certificate has expired");
        String elsewhere = node(certificates, "elsewhere");
        refused(elsewhere, trusting(), "is not for the host that was connected to");

        client(elsewhere, trusting().verifyHost(false)).set("k", "v");
    }

    @Test
    void a_token_that_is_replaced_in_its_file_while_a_client_runs_costs_no_call() throws Exception {
        Path users = directory.resolve("users.conf");
        String token = addToken(users, "t0");
        Path file = Files.writeString(directory.resolve("token"), token);
        String node = node(certificates, "node", "access.file=" + users);
        DistCacheClient client = opened(DistCacheClient.connect(withToken(node, SharedToken.in(fileOf(file)))));
        Cache<String, Integer> cache = counters(node, file);
        Load load = new Load();
        load.begin(n -> {
            client.set("k", n);
            assertThat(client.<Integer>get("k")).isEqualTo(n);
        });
        load.begin(n -> assertThat(client.increment("n")).isEqualTo(n));
        load.begin(n -> assertThat(cache.invoke("c", new SlowIncrement())).isEqualTo(n));
        for (int i = 1; i <= 3; i++) {
            String next = addToken(users, "t" + i);
            eventually(() -> DistCacheClient.connect(withToken(node, SharedToken.of(next)))
                    .close());
            // Not before the node knows it, and not half of it: a client that comes back reads it.
            Files.move(
                    Files.writeString(directory.resolve("next"), next + "\n"),
                    file,
                    StandardCopyOption.REPLACE_EXISTING);
            AccessEdit edit = AccessEdit.open(users);
            edit.removeToken("app", "t" + (i - 1));
            edit.save();
            String before = token;
            token = next;
            // What has come in with it is ended, and comes back with the next.
            boolean gone = false;
            while (!gone) {
                gone = isRefused(withToken(node, SharedToken.of(before)));
            }
        }
        load.end();
    }

    private Cache<String, Integer> counters(String node, Path token) {
        Properties properties = new Properties();
        properties.setProperty("distcache.tls", "true");
        properties.setProperty("distcache.tls.trust", certificates.authority().toString());
        properties.setProperty("distcache.token-file", token.toString());
        CacheManager manager = opened(Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + node + "/tokens"),
                        new ClassLoader(getClass().getClassLoader()) {},
                        properties));
        return manager.createCache("c", new MutableConfiguration<String, Integer>());
    }

    /** Adds one, and takes its time. */
    private static final class SlowIncrement implements EntryProcessor<String, Integer, Integer> {
        @Override
        public Integer process(MutableEntry<String, Integer> entry, Object... arguments) {
            Integer before = entry.getValue();
            int now = before == null ? 1 : before + 1;
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            entry.setValue(now);
            return now;
        }
    }

    /** Calls without a pause, each of which must succeed. */
    private static final class Load {
        private final List<CompletableFuture<Integer>> threads = new ArrayList<>();
        private volatile boolean ends;

        void begin(IntConsumer call) {
            threads.add(CompletableFuture.supplyAsync(
                    () -> {
                        int calls = 0;
                        while (!ends) {
                            call.accept(++calls);
                        }
                        return calls;
                    },
                    work -> new Thread(work, "load").start()));
        }

        void end() {
            ends = true;
            assertThat(threads).allSatisfy(thread -> assertThat(thread.join()).isPositive());
        }
    }

    @Test
    void who_is_no_user_any_more_or_has_a_wrong_password_is_told_so_in_one_line() throws Exception {
        Path users = directory.resolve("more-users.conf");
        String token = addToken(users, "t0");
        String node = node(certificates, "node", "access.file=" + users);
        DistCacheClient client = opened(DistCacheClient.connect(withToken(node, SharedToken.of(token))));
        client.set("k", 1);
        Properties properties = new Properties();
        properties.setProperty("distcache.tls", "true");
        properties.setProperty("distcache.tls.trust", certificates.authority().toString());
        properties.setProperty("distcache.user", "app");
        properties.setProperty("distcache.password", "S3CRET");
        CacheManager manager = opened(Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + node + "/wrong"),
                        new ClassLoader(getClass().getClassLoader()) {},
                        properties));
        assertThatThrownBy(() -> manager.createCache("c", new MutableConfiguration<String, String>()))
                .isInstanceOf(CacheException.class)
                .message()
                .contains(node, "UNAUTHORIZED")
                .doesNotContain("\n", "S3CRET");

        AccessEdit edit = AccessEdit.open(users);
        edit.remove("app");
        edit.save();

        eventually(() -> assertThatThrownBy(() -> client.set("k", 2))
                .isInstanceOf(DistCacheException.class)
                .message()
                .contains(node, "UNAUTHORIZED")
                .doesNotContain("\n", token));
    }

    private static String addToken(Path users, String name) throws Exception {
        AccessEdit edit = AccessEdit.open(users);
        if (name.equals("t0")) {
            edit.add("app", List.of("allow all"));
        }
        String token = edit.token("app", name).reveal();
        edit.save();
        return token;
    }

    private static SecretFile fileOf(Path path) {
        return new SecretFile("token-file", path.toString());
    }

    private static ClientConfig withToken(String node, SharedToken token) {
        return ClientConfig.parse(node).toBuilder().tls(trusting()).token(token).build();
    }

    private static boolean isRefused(ClientConfig config) {
        try {
            DistCacheClient.connect(config).close();
            return false;
        } catch (UnreachableException e) {
            // It was let in, and ended in the same moment.
            return false;
        } catch (RequestRefusedException e) {
            return true;
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    @Test
    void plain_text_and_tls_tell_each_other_apart() throws Exception {
        refused(node(certificates, "node"), ClientTls.OFF, "this port speaks TLS");
        refused(node(new ConfigReader().set("server.port", "0", "a test")), trusting(), "does its port speak TLS");
    }

    @Test
    void a_node_that_wants_certificates_lets_in_who_has_one() throws Exception {
        String node = node(
                certificates, "node", "server.tls.client-auth=need", "server.tls.trust=" + certificates.authority());

        client(
                        node,
                        trusting()
                                .showing(
                                        certificates.pem("app").toString(),
                                        certificates.encryptedKey("app").toString(),
                                        TestCertificates.PASSWORD))
                .set("k", "v");
        client(node, trusting().showing(certificates.pkcs12("app").toString(), "", TestCertificates.PASSWORD))
                .set("k", "w");
        refused(node, trusting(), "the node wants a certificate");
        refused(
                node,
                trusting()
                        .showing(
                                strangers.pem("stranger").toString(),
                                strangers.key("stranger").toString(),
                                ""),
                "the node wants a certificate");
    }

    @Test
    void who_shows_a_certificate_is_the_user_of_its_name_at_every_port() throws Exception {
        Path users = Files.writeString(
                directory.resolve("users.conf"), "user urn:app:shop\n  allow read,cache *\n  allow write shelf\n");
        String[] settings = {
            "server.tls.client-auth=want",
            "server.tls.trust=" + certificates.authority(),
            "access.file=" + users,
            "resp.port=0",
            "http.port=0"
        };
        String node = node(certificates, "node", settings);
        Node started = (Node) opened.get(opened.size() - 1);
        ClientTls showing = trusting().showing(certificates.pkcs12("app").toString(), "", TestCertificates.PASSWORD);

        DistCacheClient shop = client(node, showing);
        assertThat(shop.<String>get("k")).isNull();
        assertThatThrownBy(() -> shop.set("k", "v"))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining("urn:app:shop");
        refused(node, trusting(), "the node wants a user with its password");

        SSLContext shown = context(certificates.pkcs12("app"));
        try (Jedis redis = jedis(started, shown)) {
            assertThat(redis.aclWhoAmI()).isEqualTo("urn:app:shop");
        }
        assertThat(health(started, shown)).contains("\"entries\"");
        try (Jedis redis = jedis(started, context(null))) {
            assertThatThrownBy(redis::aclWhoAmI).hasMessageContaining("NOAUTH");
        }
        assertThat(health(started, context(null))).doesNotContain("\"entries\"").contains("\"state\"");
    }

    private static SSLContext context(Path shown) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        if (shown != null) {
            KeyStore store = KeyStore.getInstance(shown.toFile(), TestCertificates.PASSWORD.toCharArray());
            keys.init(store, TestCertificates.PASSWORD.toCharArray());
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                shown == null ? null : keys.getKeyManagers(),
                new TrustManager[] {
                    TrustedAuthorities.read(new NamedFile("trust", certificates.authority()), Secret.NONE)
                },
                null);
        return context;
    }

    @SuppressWarnings("deprecation") // the newer way takes files only
    private static Jedis jedis(Node node, SSLContext tls) {
        return new Jedis(
                new HostAndPort("localhost", node.respPort()),
                DefaultJedisClientConfig.builder()
                        .ssl(true)
                        .sslSocketFactory(tls.getSocketFactory())
                        .build());
    }

    private static String health(Node node, SSLContext tls) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + node.httpPort() + "/health"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void files_that_cannot_be_used_are_named_before_anything_is_connected() {
        assertThatThrownBy(() -> client("localhost:1", ClientTls.ON.trusting("/absent.pem", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tls.trust is /absent.pem: there is no such file");
    }

    @Test
    void jcache_takes_it_from_the_uri_and_from_properties() throws Exception {
        String node = node(certificates, "node");
        Properties properties = new Properties();
        properties.setProperty(
                "distcache.tls.trust", certificates.pkcs12("authority").toString());
        properties.setProperty("distcache.tls.trust-password", TestCertificates.PASSWORD);
        try (CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + node + "/tls?tls=true&connect-timeout=20s&timeout=20s"),
                        TlsClientIT.class.getClassLoader(),
                        properties)) {
            Cache<String, String> cache = manager.createCache("c", new MutableConfiguration<String, String>());
            cache.put("k", "v");

            assertThat(cache.get("k")).isEqualTo("v");
        }
    }

    @Test
    void tools_speak_it_too() throws Exception {
        String node = node(certificates, "node");

        StringWriter said = new StringWriter();
        assertThat(run(
                        said,
                        "health",
                        "--node",
                        node,
                        "--tls",
                        "--tls-trust",
                        certificates.authority().toString()))
                .as(said.toString())
                .isZero();
        assertThat(said.toString()).contains("serving");
        said.getBuffer().setLength(0);
        assertThat(run(said, "health", "--node", node)).isEqualTo(1);
        assertThat(said.toString()).contains("this port speaks TLS");
        said.getBuffer().setLength(0);
        assertThat(run(said, "health", "--node", node, "--tls")).isEqualTo(1);
        assertThat(said.toString()).contains("signed by no authority that is trusted here");
    }

    private static int run(StringWriter said, String... arguments) {
        PrintWriter writer = new PrintWriter(said);
        return Main.commandLine().setOut(writer).setErr(writer).execute(arguments);
    }
}
