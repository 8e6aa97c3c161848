package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClient;
import net.rubyeye.xmemcached.transcoders.CachedData;
import net.rubyeye.xmemcached.transcoders.CompressionMode;
import net.rubyeye.xmemcached.transcoders.Transcoder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/** JCache, a client of Redis and one of memcached see the same entries of one node: what one of them writes the others read. */
@Timeout(120)
class OneEntryThreeViewsIT {
    private static final Pattern READY = Pattern.compile("ready (\\S+) .*\\bresp=(\\d+) memcached=(\\d+).*");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final byte[] BINARY = {0, 1, (byte) 0xff, (byte) 0xfe, '\r', '\n'};
    private static final String TEXT = "caf\u00e9 \ud83d\ude00";

    /** Bytes as they are, with flags 0. */
    private static final Transcoder<byte[]> BYTES = new Transcoder<>() {
        @Override
        public CachedData encode(byte[] bytes) {
            return new CachedData(0, bytes);
        }

        @Override
        public byte[] decode(CachedData data) {
            return data.getData();
        }

        @Override
        public void setPrimitiveAsString(boolean asString) {}

        @Override
        public void setPackZeros(boolean packs) {}

        @Override
        public void setCompressionThreshold(int bytes) {}

        @Override
        public boolean isPrimitiveAsString() {
            return false;
        }

        @Override
        public boolean isPackZeros() {
            return false;
        }

        @Override
        public void setCompressionMode(CompressionMode mode) {}
    };

    /** What the other two know nothing of. */
    public record Order(String customer, int items, List<String> tags) {}

    private JavaProcess process;
    private CacheManager manager;
    private Cache<String, Object> jcache;
    private Jedis redis;
    private MemcachedClient memcached;

    @BeforeEach
    void start() throws Exception {
        process = NodeSetup.of("resp.port=0", "memcached.port=0").launch();
        Matcher ready = READY.matcher(process.awaitLine(line -> line.startsWith("ready "), LIMIT));
        assertThat(ready.matches()).isTrue();
        // The cache that Redis and memcached see is in the namespace of a URI without a path.
        manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + ready.group(1) + "?serialization.allow=" + Order.class.getName()),
                        null);
        jcache = manager.getCache("main", String.class, Object.class);
        assertThat(jcache).as("the node makes it").isNotNull();
        redis = new Jedis("127.0.0.1", Integer.parseInt(ready.group(2)));
        memcached = new XMemcachedClient(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(ready.group(3))));
        memcached.setOpTimeout(LIMIT.toMillis());
    }

    @AfterEach
    void stop() throws Exception {
        if (memcached != null) {
            memcached.shutdown();
            redis.close();
        }
        if (manager != null) {
            manager.close();
        }
        process.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private @Nullable String fromMemcached(String key) throws Exception {
        byte[] value = memcached.get(key, BYTES);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    @Test
    void text_written_by_any_is_text_to_the_others() throws Exception {
        jcache.put("j", TEXT);
        assertThat(redis.get("j")).isEqualTo(TEXT);
        assertThat(fromMemcached("j")).isEqualTo(TEXT);

        redis.set("r", TEXT);
        assertThat(jcache.get("r")).isEqualTo(TEXT);
        assertThat(fromMemcached("r")).isEqualTo(TEXT);

        assertThat(memcached.set("m", 0, bytes(TEXT), BYTES)).isTrue();
        assertThat(jcache.get("m")).isEqualTo(TEXT);
        assertThat(redis.get("m")).isEqualTo(TEXT);
    }

    @Test
    void bytes_written_by_any_are_bytes_to_the_others() throws Exception {
        jcache.put("j", BINARY);
        assertThat(redis.get(bytes("j"))).isEqualTo(BINARY);
        assertThat(memcached.get("j", BYTES)).isEqualTo(BINARY);

        redis.set(bytes("r"), BINARY);
        assertThat(jcache.get("r")).isEqualTo(BINARY);
        assertThat(memcached.get("r", BYTES)).isEqualTo(BINARY);

        assertThat(memcached.set("m", 0, BINARY, BYTES)).isTrue();
        assertThat(jcache.get("m")).isEqualTo(BINARY);
        assertThat(redis.get(bytes("m"))).isEqualTo(BINARY);
    }

    @Test
    void what_a_redis_client_appends_is_text_to_the_others_when_it_is_text_together() {
        byte[] all = bytes(TEXT);
        int within = 4;
        redis.append(bytes("r"), Arrays.copyOf(all, within));
        assertThat(jcache.get("r")).as("half of a character").isEqualTo(Arrays.copyOf(all, within));
        redis.append(bytes("r"), Arrays.copyOfRange(all, within, all.length));
        assertThat(jcache.get("r")).isEqualTo(TEXT);
        assertThat(redis.append("r", "!")).isEqualTo(all.length + 1);
        assertThat(jcache.get("r")).isEqualTo(TEXT + "!");

        jcache.put("n", 5);
        assertThat(redis.append("n", "x")).isEqualTo(2);
        assertThat(jcache.get("n")).isEqualTo("5x");
    }

    @Test
    void a_number_is_counted_on_by_all_three() throws Exception {
        jcache.put("n", 40L);
        assertThat(redis.incr("n")).isEqualTo(41);
        assertThat(memcached.incr("n", 1)).isEqualTo(42);
        assertThat(jcache.get("n")).isEqualTo(42L);
        assertThat(redis.get("n")).isEqualTo("42");
        assertThat(fromMemcached("n")).isEqualTo("42");
        Long raised = jcache.invoke("n", (entry, arguments) -> {
            entry.setValue((Long) entry.getValue() + 1);
            return (Long) entry.getValue();
        });
        assertThat(raised).isEqualTo(43L);
        assertThat(memcached.decr("n", 3)).isEqualTo(40);
        assertThat(redis.decrBy("n", 50)).isEqualTo(-10);
        assertThat(jcache.get("n")).isEqualTo(-10L);

        jcache.put("int", 7);
        assertThat(redis.incr("int")).isEqualTo(8);
        redis.set("text", "17");
        assertThat(jcache.get("text")).isEqualTo("17");
        assertThat(memcached.incr("text", 1)).isEqualTo(18);
        assertThat(jcache.get("text")).isEqualTo(18L);
    }

    @Test
    void what_a_jcache_client_composes_is_json_to_the_others() throws Exception {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", 1);
        map.put("b", Arrays.asList("x", null, true));
        Order order = new Order("Ada", 3, List.of("new", TEXT));
        jcache.put("record", order);
        jcache.put("list", List.of(1, 2.5, "three"));
        jcache.put("map", map);
        Map<String, String> expected = Map.of(
                "record",
                "{\"customer\":\"Ada\",\"items\":3,\"tags\":[\"new\",\"" + TEXT + "\"]}",
                "list",
                "[1,2.5,\"three\"]",
                "map",
                "{\"a\":1,\"b\":[\"x\",null,true]}");
        for (Map.Entry<String, String> entry : expected.entrySet()) {
            assertThat(redis.get(entry.getKey())).isEqualTo(entry.getValue());
            assertThat(fromMemcached(entry.getKey())).isEqualTo(entry.getValue());
        }
        assertThat(jcache.get("list")).isEqualTo(List.of(1, 2.5, "three"));
        assertThat(jcache.get("record")).isEqualTo(order);
    }

    @Test
    void what_one_removes_or_replaces_is_so_to_the_others() throws Exception {
        redis.set("k", "old");
        assertThat(jcache.replace("k", "old", "new")).isTrue();
        assertThat(redis.get("k")).isEqualTo("new");
        assertThat(memcached.delete("k")).isTrue();
        assertThat(jcache.containsKey("k")).isFalse();
        assertThat(jcache.putIfAbsent("k", "again")).isTrue();
        assertThat(memcached.add("k", 0, bytes("no"), BYTES)).isFalse();
        assertThat(redis.del("k")).isEqualTo(1);
        assertThat(jcache.get("k")).isNull();

        long cas = casOf("v", "1");
        jcache.put("v", "2");
        assertThat(memcached.cas("v", 0, bytes("3"), BYTES, cas))
                .as("it was changed meanwhile")
                .isFalse();
        assertThat(memcached.cas(
                        "v", 0, bytes("3"), BYTES, memcached.gets("v", BYTES).getCas()))
                .isTrue();
        assertThat(jcache.get("v")).isEqualTo("3");
    }

    private long casOf(String key, String value) throws Exception {
        redis.set(key, value);
        return memcached.gets(key, BYTES).getCas();
    }

    @Test
    void a_ttl_set_by_one_counts_for_the_others() throws Exception {
        redis.set("r", "v", SetParams.setParams().px(3000));
        assertThat(jcache.get("r")).isEqualTo("v");
        eventually(() -> assertThat(jcache.get("r")).isNull());
        assertThat(memcached.get("r", BYTES)).isNull();

        assertThat(memcached.set("m", 100, bytes("v"), BYTES)).isTrue();
        assertThat(redis.ttl("m")).isBetween(90L, 100L);
        assertThat(redis.expire("m", 0)).isEqualTo(1);
        assertThat(jcache.containsKey("m")).isFalse();
        assertThat(memcached.get("m", BYTES)).isNull();

        jcache.put("j", "v");
        assertThat(redis.ttl("j")).as("no expiry").isEqualTo(-1);
        assertThat(memcached.touch("j", 1000)).isTrue();
        assertThat(redis.ttl("j")).isBetween(990L, 1000L);
        assertThat(redis.persist("j")).isEqualTo(1);
        assertThat(redis.ttl("j")).isEqualTo(-1);
    }

    @Test
    void the_expiry_of_the_cache_counts_for_what_the_others_write_without_a_time() throws Exception {
        manager.destroyCache("main");
        jcache = manager.createCache(
                "main",
                new MutableConfiguration<String, Object>()
                        .setTypes(String.class, Object.class)
                        .setExpiryPolicyFactory(
                                CreatedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.SECONDS, 500))));
        redis.set("r", "v");
        assertThat(redis.ttl("r")).isBetween(490L, 500L);
        jcache.put("j", "v");
        assertThat(redis.ttl("j")).isBetween(490L, 500L);
        assertThat(memcached.set("m", 0, bytes("v"), BYTES)).isTrue();
        assertThat(jcache.get("m")).isEqualTo("v");
    }
}
