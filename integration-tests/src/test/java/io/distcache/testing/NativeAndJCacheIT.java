package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.Keyspace;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.NodeAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** The native API, JCache and the clients of Redis and memcached have the same entries, with the same expiry. */
@Timeout(120)
class NativeAndJCacheIT {
    private static final Duration SHORT = Duration.ofMillis(80);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    /** The cache of the doors. */
    private static final String DOORS = "doors";

    private static NodeProcess node;
    private static DistCacheClient client;
    private static CacheManager manager;

    private String name;
    private Keyspace keys;

    @BeforeAll
    static void start() {
        node = NodeSetup.of("resp.port=0", "resp.cache=" + DOORS, "memcached.port=0", "memcached.cache=" + DOORS)
                .withJvmFlags("-Xmx256m")
                .start();
        client = DistCacheClient.connect(ClientConfig.of(NodeAddress.parse(node.address())).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .build());
        manager = manager();
    }

    private static CacheManager manager() {
        return Caching.getCachingProvider()
                .getCacheManager(node.uri("default"), NativeAndJCacheIT.class.getClassLoader());
    }

    @AfterAll
    static void stop() {
        client.close();
        manager.close();
        node.close();
    }

    @BeforeEach
    void open(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName();
        keys = client.keyspace("default", name);
    }

    private static <K, V> MutableConfiguration<K, V> of(Class<K> key, Class<V> value) {
        return new MutableConfiguration<K, V>().setTypes(key, value);
    }

    private static Factory<ExpiryPolicy> expiry(Factory<ExpiryPolicy> policy) {
        return policy;
    }

    private static javax.cache.expiry.Duration oneMinute() {
        return new javax.cache.expiry.Duration(TimeUnit.MINUTES, 1);
    }

    // --- one cache

    @Test
    void what_one_stores_the_other_reads_whoever_made_the_cache() {
        Cache<String, String> cache = manager.createCache(name, of(String.class, String.class));
        keys.set("k", "v");
        assertThat(cache.get("k")).isEqualTo("v");
        cache.put("other", "w");
        assertThat(keys.<Object>get("other")).isEqualTo("w");
        assertThat(keys.<String, String>gets(List.of("k", "other"))).isEqualTo(Map.of("k", "v", "other", "w"));
        assertThat(cache.getAll(java.util.Set.of("k", "other"))).isEqualTo(Map.of("k", "v", "other", "w"));
        assertThat(cache.replace("k", "v", "x")).isTrue();
        assertThat(keys.<Object>getAndDelete("k")).isEqualTo("x");
        assertThat(cache.containsKey("k")).isFalse();
        cache.remove("other");
        assertThat(keys.size()).isZero();
    }

    @Test
    void a_cache_made_by_the_native_api_is_got_and_created_by_jcache() {
        keys.set("k", "v");
        Cache<Object, Object> got = manager.getCache(name);
        assertThat(got.get("k")).isEqualTo("v");
        keys.set(List.of(1, 2L), Map.of("a", 1.5));
        assertThat(got.get(List.of(1, 2L))).isEqualTo(Map.of("a", 1.5));
        got.remove(List.of(1, 2L));
        got.close();
        assertThat(manager.getCache(name, String.class, String.class).get("k")).isEqualTo("v");
        manager.getCache(name).close();
        try (Cache<Object, Object> created = manager.createCache(name, new MutableConfiguration<>())) {
            assertThat(created.get("k")).isEqualTo("v");
        }
        try (Cache<String, String> created = manager.createCache(name, of(String.class, String.class))) {
            assertThat(created.get("k")).isEqualTo("v");
            created.put("l", "w");
            assertThat(keys.<Object>get("l")).isEqualTo("w");
        }
        assertThatThrownBy(() -> manager.createCache(
                        name,
                        of(String.class, String.class)
                                .setExpiryPolicyFactory(expiry(() -> new CreatedExpiryPolicy(oneMinute())))))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("expiry");
    }

    @Test
    void the_clients_own_verbs_are_on_the_cache_main_of_the_default_namespace() {
        client.set("k", "v");
        assertThat(client.keyspace("default", "main").<Object>get("k")).isEqualTo("v");
        assertThat(manager.getCache("main").get("k")).isEqualTo("v");
        manager.getCache("main").put("k", "w");
        assertThat(client.<Object>get("k")).isEqualTo("w");
        assertThat(client.async().<Object>get("k").toCompletableFuture().join()).isEqualTo("w");
    }

    @Test
    void a_cache_of_declared_types_takes_no_others() {
        manager.createCache(name, of(String.class, Integer.class));
        keys.set("k", 1);
        assertThatThrownBy(() -> keys.set("k", 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("values of java.lang.Integer")
                .hasMessageContaining("java.lang.Long");
        assertThatThrownBy(() -> keys.set(1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keys of java.lang.String");
        assertThatThrownBy(() -> keys.get(1L)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.setMany(Map.of("a", 1, "b", "x"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.increment("n", 0.5)).isInstanceOf(IllegalArgumentException.class);
        assertThat(keys.size()).isEqualTo(1);
    }

    @Test
    void records_of_a_declared_type_need_no_permission() {
        Cache<String, Point> cache = manager.createCache(name, of(String.class, Point.class));
        cache.put("k", new Point(1, 2));
        assertThat(keys.<Point>get("k")).isEqualTo(new Point(1, 2));
        keys.set("l", new Point(3, 4));
        assertThat(cache.get("l")).isEqualTo(new Point(3, 4));
    }

    record Point(int x, int y) {}

    @Test
    void a_destroyed_cache_is_made_anew_and_the_old_entries_are_gone() {
        keys.set("k", "old");
        manager.destroyCache(name);
        // Whoever comes upon it hears so once; whoever has heard of it before, not at all.
        eventually(() -> {
            try {
                assertThat(keys.<Object>get("k")).isNull();
            } catch (NoSuchCacheException e) {
                throw new AssertionError(e);
            }
        });
        keys.set("k", "new");
        assertThat(manager.getCache(name).get("k")).isEqualTo("new");
        assertThat(client.destroy("default", name)).isTrue();
        assertThat(keys.exists("k")).isFalse();
        keys.set("k", "newer");
        assertThat(client.keyspace("default", name).<Object>get("k")).isEqualTo("newer");
    }

    // --- expiry

    @Test
    void an_entry_stored_for_a_time_is_gone_for_both_afterwards() {
        Cache<String, String> cache = manager.createCache(name, of(String.class, String.class));
        keys.set("k", "v", MINUTE);
        assertThat(cache.get("k")).isEqualTo("v");
        cache.put("k", "w");
        assertThat(keys.ttl("k").orElseThrow())
                .as("an update by JCache leaves the deadline")
                .isLessThanOrEqualTo(MINUTE);
        keys.expire("k", SHORT);
        eventually(() -> assertThat(cache.get("k")).isNull());
        assertThat(cache.putIfAbsent("k", "x")).isTrue();
        assertThat(keys.ttl("k")).contains(Keyspace.FOREVER);
    }

    @Test
    void without_a_ttl_the_rule_of_the_cache_holds_and_a_ttl_overrides_it() {
        Cache<String, Long> cache = manager.createCache(
                name,
                of(String.class, Long.class)
                        .setExpiryPolicyFactory(expiry(() -> new CreatedExpiryPolicy(oneMinute()))));
        cache.put("theirs", 1L);
        assertThat(keys.ttl("theirs").orElseThrow()).isLessThanOrEqualTo(MINUTE);
        List<Runnable> creations = List.of(
                () -> keys.set("k", 1L),
                () -> keys.set("k", 1L, null, io.distcache.client.SetIf.ABSENT),
                () -> keys.increment("k"),
                () -> keys.increment("k", 1, 1, null),
                () -> keys.getAndSet("k", 1L),
                () -> keys.setMany(Map.of("k", 1L)));
        for (Runnable creation : creations) {
            creation.run();
            assertThat(keys.ttl("k").orElseThrow()).isBetween(MINUTE.minusSeconds(30), MINUTE);
            keys.delete("k");
        }
        keys.set("k", 1L, Duration.ofHours(1));
        assertThat(keys.ttl("k").orElseThrow()).isGreaterThan(MINUTE);
        keys.set("k", 2L);
        assertThat(keys.ttl("k").orElseThrow())
                .as("the rule says nothing of updates")
                .isGreaterThan(MINUTE);
        keys.persist("k");
        assertThat(cache.get("k")).isEqualTo(2L);
        assertThat(keys.ttl("k")).contains(Keyspace.FOREVER);
    }

    @Test
    void a_native_update_moves_the_deadline_if_the_rule_says_so() {
        manager.createCache(
                name,
                of(String.class, Long.class)
                        .setExpiryPolicyFactory(expiry(() -> new ModifiedExpiryPolicy(oneMinute()))));
        List<Runnable> updates = List.of(() -> keys.set("k", 1L), () -> keys.setMany(Map.of("k", 1L)));
        for (Runnable update : updates) {
            keys.set("k", 1L, Duration.ofHours(1));
            update.run();
            assertThat(keys.ttl("k").orElseThrow()).isLessThanOrEqualTo(MINUTE);
        }
    }

    @Test
    void a_native_access_moves_the_deadline_if_the_rule_says_so() {
        manager.createCache(
                name,
                of(String.class, String.class)
                        .setExpiryPolicyFactory(expiry(() -> new AccessedExpiryPolicy(oneMinute()))));
        List<Runnable> accesses = List.of(
                () -> keys.get("k"),
                () -> keys.gets(List.of("k")),
                () -> keys.getWithVersion("k"),
                () -> keys.touch("k"));
        for (Runnable access : accesses) {
            keys.set("k", "v", Duration.ofHours(1));
            keys.exists("k");
            assertThat(keys.scan().count()).isEqualTo(1);
            assertThat(keys.ttl("k").orElseThrow())
                    .as("neither looks at the value")
                    .isGreaterThan(MINUTE);
            access.run();
            assertThat(keys.ttl("k").orElseThrow()).isLessThanOrEqualTo(MINUTE);
        }
    }

    @Test
    void a_cache_whose_expiry_is_code_of_an_application_is_refused() {
        manager.createCache(name, of(String.class, String.class).setExpiryPolicyFactory(expiry(OwnExpiry::new)));
        assertThatThrownBy(() -> keys.set("k", "v"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("only JCache can store there");
        manager.destroyCache(name);
        keys.set("k", "v");
        assertThat(keys.<Object>get("k")).isEqualTo("v");
    }

    private static final class OwnExpiry implements ExpiryPolicy {
        @Override
        public javax.cache.expiry.Duration getExpiryForCreation() {
            return oneMinute();
        }

        @Override
        public javax.cache.expiry.Duration getExpiryForAccess() {
            return null;
        }

        @Override
        public javax.cache.expiry.Duration getExpiryForUpdate() {
            return null;
        }
    }

    // --- events and leases

    @Test
    void listeners_of_jcache_hear_what_the_native_api_changes() {
        Cache<String, Object> cache = manager.createCache(name, of(String.class, Object.class));
        Events.HEARD.clear();
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>((Factory<Events>) Events::new, null, true, true));
        keys.set("k", "a");
        keys.append("k", "b");
        keys.replace("k", 1L);
        keys.increment("k");
        keys.expire("k", MINUTE);
        keys.getAndDelete("k");
        keys.delete("k");
        keys.increment("n", 5);
        keys.setMany(Map.of("n", 6L));
        assertThat(Events.HEARD)
                .containsExactly(
                        "CREATED k null a",
                        "UPDATED k a ab",
                        "UPDATED k ab 1",
                        "UPDATED k 1 2",
                        "REMOVED k 2 2",
                        "CREATED n null 5",
                        "UPDATED n 5 6");
        keys.clear();
        assertThat(Events.HEARD).as("clear tells nobody").hasSize(7);
        keys.set("e", "v", SHORT);
        eventually(() -> assertThat(Events.HEARD).endsWith("CREATED e null v", "EXPIRED e v v"));
    }

    /** Notes each event. */
    static final class Events
            implements CacheEntryCreatedListener<String, Object>,
                    CacheEntryUpdatedListener<String, Object>,
                    CacheEntryRemovedListener<String, Object>,
                    CacheEntryExpiredListener<String, Object> {
        static final List<String> HEARD = new CopyOnWriteArrayList<>();

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            note(events);
        }

        @Override
        public void onUpdated(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            note(events);
        }

        @Override
        public void onRemoved(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            note(events);
        }

        @Override
        public void onExpired(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            note(events);
        }

        private static void note(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            events.forEach(event -> HEARD.add(
                    event.getEventType() + " " + event.getKey() + " " + event.getOldValue() + " " + event.getValue()));
        }
    }

    @Test
    void a_native_increment_waits_until_the_entry_processor_is_done() throws Exception {
        Cache<String, Long> cache = manager.createCache(name, of(String.class, Long.class));
        keys.set("k", 1L);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        CompletableFuture<Long> processor =
                CompletableFuture.supplyAsync(() -> cache.invoke("k", (entry, arguments) -> {
                    long read = entry.getValue();
                    inside.countDown();
                    await(leave);
                    entry.setValue(read * 100);
                    return read;
                }));
        await(inside);
        CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(() -> keys.increment("k"));
        CompletableFuture<Long> staged =
                client.asyncKeyspace("default", name).increment("k").toCompletableFuture();
        assertThat(keys.<Long>get("k")).as("readers do not wait").isEqualTo(1L);
        assertThatThrownBy(() -> waiting.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(staged).isNotDone();
        leave.countDown();
        assertThat(processor.get()).isEqualTo(1L);
        assertThat(List.of(waiting.get(), staged.get())).containsExactlyInAnyOrder(101L, 102L);
        assertThat(cache.get("k")).isEqualTo(102L);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void increments_by_both_apis_and_the_door_of_redis_are_all_counted()
            throws InterruptedException, ExecutionException {
        Keyspace doors = client.keyspace("default", DOORS);
        doors.set("counter", 0L);
        Cache<String, Long> cache = manager.getCache(DOORS);
        List<Supplier<Long>> increments = List.of(
                () -> doors.increment("counter"),
                () -> cache.invoke("counter", (entry, arguments) -> {
                    entry.setValue(entry.getValue() + 1);
                    return entry.getValue();
                }));
        List<CompletableFuture<Void>> all = increments.stream()
                .map(increment -> CompletableFuture.runAsync(() -> IntStream.range(0, 200)
                        .forEach(i -> assertThat(increment.get()).isPositive())))
                .toList();
        try (Line redis = new Line("resp")) {
            for (int i = 0; i < 200; i++) {
                assertThat(redis.ask("INCR counter\r\n")).startsWith(":");
            }
        }
        for (CompletableFuture<Void> one : all) {
            one.get();
        }
        assertThat(doors.<Object>get("counter")).isEqualTo(600L);
    }

    // --- the doors

    @Test
    void redis_sees_what_the_native_api_stores_and_the_reverse() {
        Keyspace doors = client.keyspace("default", DOORS);
        try (Line redis = new Line("resp")) {
            doors.set("text", "v", MINUTE);
            assertThat(redis.ask("GET text\r\n")).isEqualTo("$1\r\nv\r\n");
            assertThat(redis.ask("TTL text\r\n")).isIn(":59\r\n", ":60\r\n");
            assertThat(redis.ask("SET number 41\r\n")).isEqualTo("+OK\r\n");
            assertThat(doors.increment("number")).isEqualTo(42);
            assertThat(redis.ask("INCR number\r\n")).isEqualTo(":43\r\n");
            assertThat(doors.increment("number", 0.5)).isEqualTo(43.5);
            assertThat(redis.ask("GET number\r\n")).isEqualTo("$4\r\n43.5\r\n");
            assertThat(doors.increment("fresh", 7)).isEqualTo(7);
            assertThat(redis.ask("GET fresh\r\n")).isEqualTo("$1\r\n7\r\n");
            assertThat(redis.ask("SET piece ab\r\n")).isEqualTo("+OK\r\n");
            assertThat(doors.append("piece", "cd")).isEqualTo(4);
            assertThat(redis.ask("APPEND piece e\r\n")).isEqualTo(":5\r\n");
            assertThat(new String(bytes(doors.get("piece")), StandardCharsets.UTF_8))
                    .isEqualTo("abcde");
            assertThat(redis.ask("PEXPIRE piece 60000\r\n")).isEqualTo(":1\r\n");
            assertThat(doors.ttl("piece").orElseThrow()).isLessThanOrEqualTo(MINUTE);
            assertThat(doors.persist("piece")).isTrue();
            assertThat(redis.ask("PTTL piece\r\n")).isEqualTo(":-1\r\n");
            assertThat(doors.delete("piece")).isTrue();
            assertThat(redis.ask("EXISTS piece\r\n")).isEqualTo(":0\r\n");
            assertThat(redis.ask("SET word five\r\n")).isEqualTo("+OK\r\n");
            assertThatThrownBy(() -> doors.increment("word")).hasMessageContaining("no number");
        }
    }

    private static byte[] bytes(Object value) {
        return value instanceof byte[] raw ? raw : ((String) value).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void what_memcached_keeps_beside_a_value_stays_and_does_not_show() {
        Keyspace doors = client.keyspace("default", DOORS);
        try (Line memcached = new Line("memcached")) {
            assertThat(memcached.ask("set flagged 4242 0 2\r\n41\r\n")).isEqualTo("STORED\r\n");
            assertThat(new String(bytes(doors.get("flagged")), StandardCharsets.UTF_8))
                    .isEqualTo("41");
            assertThat(doors.increment("flagged")).isEqualTo(42);
            assertThat(memcached.ask("get flagged\r\n")).isEqualTo("VALUE flagged 4242 2\r\n42\r\nEND\r\n");
            assertThat(memcached.ask("set piece 7 0 2\r\nab\r\n")).isEqualTo("STORED\r\n");
            assertThat(doors.append("piece", "c")).isEqualTo(3);
            assertThat(memcached.ask("get piece\r\n")).isEqualTo("VALUE piece 7 3\r\nabc\r\nEND\r\n");
            long version = doors.getWithVersion("piece").orElseThrow().version();
            assertThat(memcached.ask("append piece 0 0 1\r\nd\r\n")).isEqualTo("STORED\r\n");
            assertThat(doors.cas("piece", "lost", version)).isFalse();
            doors.set("piece", "plain");
            assertThat(memcached.ask("get piece\r\n")).isEqualTo("VALUE piece 0 5\r\nplain\r\nEND\r\n");
        }
    }

    /** A connection that asks one thing at a time. */
    private static final class Line implements AutoCloseable {
        private final Socket socket;

        Line(String door) {
            String ready = node.process().lines().stream()
                    .filter(line -> line.startsWith("ready "))
                    .findFirst()
                    .orElseThrow();
            int port = Integer.parseInt(ready.replaceAll(".* " + door + "=(\\d+).*", "$1"));
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The answer, as far as it is whole. */
        String ask(String request) {
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
                InputStream in = socket.getInputStream();
                StringBuilder answer = new StringBuilder();
                while (!isWhole(answer.toString())) {
                    int next = in.read();
                    if (next < 0) {
                        throw new IllegalStateException("the node closed the connection after " + answer);
                    }
                    answer.append((char) next);
                }
                return answer.toString();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static boolean isWhole(String answer) {
            if (!answer.endsWith("\r\n")) {
                return false;
            }
            if (answer.startsWith("VALUE ")) {
                return answer.endsWith("\r\nEND\r\n");
            }
            return !answer.startsWith("$") || answer.startsWith("$-") || answer.indexOf("\r\n") < answer.length() - 2;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void many_entries_of_one_are_many_of_the_other() {
        Cache<Integer, String> cache = manager.createCache(name, of(Integer.class, String.class));
        Map<Integer, String> entries = new HashMap<>();
        IntStream.range(0, 2_500).forEach(i -> entries.put(i, "v" + i));
        keys.setMany(entries);
        assertThat(cache.getAll(entries.keySet())).isEqualTo(entries);
        cache.removeAll(java.util.Set.of(1, 2, 3));
        assertThat(keys.size()).isEqualTo(2_497);
        assertThat(keys.deleteMany(entries.keySet())).isEqualTo(2_497);
        assertThat(cache.iterator()).isExhausted();
    }
}
