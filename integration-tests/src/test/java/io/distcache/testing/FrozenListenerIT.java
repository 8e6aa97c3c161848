package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Transaction;

/**
 * A process with a synchronous listener stands still (SIGSTOP). Through whichever port others write, one change waits for it and no
 * other does; the node's figure tells of it. Once it goes on and has caught up, changes wait for it again.
 *
 * <p>{@code -Ddistcache.testing.frozen-listener=N} makes it N times as many changes and freezes.
 */
@Timeout(300)
class FrozenListenerIT {
    private static final int TIMES = Integer.getInteger("distcache.testing.frozen-listener", 1);
    private static final int ROUNDS = 10 * TIMES;
    private static final Duration LISTENER_LIMIT = Duration.ofMillis(1500);
    private static final Duration FROZEN = Duration.ofSeconds(4);
    private static final Duration GOOD = Duration.ofSeconds(1);
    private static final Duration START = Duration.ofSeconds(60);

    private static NodeProcess node;
    private static String ready;
    private static JavaProcess listener;

    /** One change. */
    private interface Change {
        void make(String key) throws Exception;
    }

    @BeforeAll
    static void start() {
        node = NodeProcess.start(
                "resp.port=0",
                "memcached.port=0",
                "http.port=0",
                "lease.listener-limit=" + LISTENER_LIMIT.toMillis() + "ms");
        ready = node.process().awaitLine(line -> line.startsWith("ready "), Duration.ofSeconds(1));
        // It stands still for longer than it waits for reports of a node, and must not take that for a silence of the
        // node. The node may stand still for three intervals itself, as it does where other tests run beside this one.
        listener = ListenerProcess.start(URI.create(uri() + "?health-interval=1s"));
        listener.awaitLine("ready"::equals, START);
    }

    @AfterAll
    static void stop() {
        listener.close();
        node.close();
    }

    /** Without a path, since the cache of the other ports is in that namespace. */
    private static URI uri() {
        return URI.create("distcache://" + node.address());
    }

    private static int port(String door) {
        Matcher port = Pattern.compile(" " + door + "=(\\d+)").matcher(ready);
        assertThat(port.find()).as(ready).isTrue();
        return Integer.parseInt(port.group(1));
    }

    private static int lateClients() throws Exception {
        HttpResponse<String> report = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port("http") + "/health"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        Matcher figure = Pattern.compile("\"lateClients\":(\\d+)").matcher(report.body());
        assertThat(figure.find()).as(report.body()).isTrue();
        return Integer.parseInt(figure.group(1));
    }

    private static Duration time(Change change, String key) throws Exception {
        long began = System.nanoTime();
        change.make(key);
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** A process with many threads stops a moment after the signal. */
    private static void freeze() {
        listener.pause();
        eventually(() -> {
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(listener.pid()), "task"))) {
                assertThat(threads)
                        .allSatisfy(thread -> assertThat(Files.readString(thread.resolve("stat")))
                                .as("a thread's state")
                                .matches("(?s)\\d+ \\(.*\\) T .*"));
            }
        });
    }

    /** {@code changes} are all that can be done by one door, by their names; the first of them is made first. */
    private static void one_change_waits_and_no_other_does(Map<String, Change> changes, Change first) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            // Each is used once before, so that what is measured is not its first call.
            for (Change change : changes.values()) {
                change.make("warm");
            }
            freeze();
            long frozenNanos = System.nanoTime();
            String missed = "first" + frozenNanos;
            try {
                assertThat(time(first, missed)).as("the first").isGreaterThanOrEqualTo(LISTENER_LIMIT);
                for (int round = 0; round < ROUNDS || System.nanoTime() - frozenNanos < FROZEN.toNanos(); round++) {
                    for (Map.Entry<String, Change> change : changes.entrySet()) {
                        assertThat(time(change.getValue(), "k" + round % 10))
                                .as("%s, round %d", change.getKey(), round)
                                .isLessThan(GOOD);
                    }
                }
                assertThat(lateClients()).isEqualTo(1);
            } finally {
                listener.resume();
            }
            listener.awaitLine(("heard " + missed)::equals, START);
            eventually(() -> assertThat(lateClients()).isZero());
            waits_for_the_listener(first, "gate" + System.nanoTime());
            assertThat(listener.lines()).noneMatch(line -> line.contains("lost the connection"));
        }
    }

    private static void waits_for_the_listener(Change change, String gate) throws Exception {
        CompletableFuture<Void> made = CompletableFuture.runAsync(() -> {
            try {
                change.make(gate);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        listener.awaitLine(("at " + gate)::equals, START);
        assertThat(made).as("while the listener runs").isNotDone();
        listener.tell("go on");
        made.get(START.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void changes_of_jcache_and_the_figure_of_the_bean() throws Exception {
        try (CacheManager manager =
                Caching.getCachingProvider().getCacheManager(uri(), FrozenListenerIT.class.getClassLoader())) {
            Cache<String, Object> cache = manager.getCache("main", String.class, Object.class);
            one_change_waits_and_no_other_does(
                    Map.of(
                            "put", key -> cache.put(key, "v"),
                            "putAll", key -> cache.putAll(Map.of(key, "v", key + "a", "v", key + "b", "v")),
                            "remove", key -> cache.remove(key),
                            "removeAll", key -> cache.removeAll(Set.of(key, key + "a")),
                            "invoke",
                                    key -> cache.invoke(key, (entry, arguments) -> {
                                        entry.setValue("v");
                                        return null;
                                    }),
                            "bean", key -> assertThat(lateClientsOfBean()).isLessThanOrEqualTo(1)),
                    key -> cache.put(key, "v"));
            freeze();
            try {
                cache.put("late", "v");
                eventually(() -> assertThat(lateClientsOfBean()).isEqualTo(1));
            } finally {
                listener.resume();
            }
            eventually(() -> assertThat(lateClientsOfBean()).isZero());
        }
    }

    private static int lateClientsOfBean() throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        Set<ObjectName> names = beans.queryNames(new ObjectName("io.distcache:type=Node,*"), null);
        assertThat(names).hasSize(1);
        return (int) beans.getAttribute(names.iterator().next(), "LateClients");
    }

    @Test
    void changes_of_native_clients() throws Exception {
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(node.address()))) {
            one_change_waits_and_no_other_does(
                    Map.of(
                            "set", key -> client.set(key, "v"),
                            "setMany", key -> client.setMany(Map.of(key, "v", key + "a", "v")),
                            "increment", key -> client.increment(key + "n"),
                            "delete", key -> client.delete(key)),
                    key -> client.set(key, "v"));
        }
    }

    @Test
    void changes_of_clients_of_redis() throws Exception {
        try (Jedis redis = new Jedis("127.0.0.1", port("resp"), 10_000)) {
            one_change_waits_and_no_other_does(
                    Map.of(
                            "SET", key -> redis.set(key, "v"),
                            "MSET", key -> redis.mset(key, "v", key + "a", "v"),
                            "INCR", key -> redis.incr(key + "n"),
                            "DEL", key -> redis.del(key, key + "a"),
                            "MULTI",
                                    key -> {
                                        Transaction transaction = redis.multi();
                                        transaction.set(key, "v");
                                        transaction.append(key, "w");
                                        transaction.exec();
                                    }),
                    key -> redis.set(key, "v"));
        }
    }

    @Test
    void changes_of_clients_of_memcached() throws Exception {
        MemcachedClient memcached =
                new XMemcachedClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port("memcached")));
        try {
            memcached.setOpTimeout(10_000);
            one_change_waits_and_no_other_does(
                    Map.of(
                            "set", key -> memcached.set(key, 0, "v"),
                            "add", key -> memcached.add(key, 0, "v"),
                            "append", key -> memcached.append(key, "w"),
                            "incr", key -> memcached.incr(key + "n", 1, 1),
                            "delete", key -> memcached.delete(key)),
                    key -> memcached.set(key, 0, "v"));
        } finally {
            memcached.shutdown();
        }
    }
}
