package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.DistCacheClient;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A manager that looks for caches that are not there, or makes caches and destroys them, can do so for ever, and neither it nor the node
 * keeps anything of them. {@code -Ddistcache.testing.many-caches=1000000} makes as many look-ups, and a tenth of cycles.
 */
class ManyCachesIT {
    /** More than a connection can have open at once. */
    private static final int PAST_THE_BOUND = 10_500;

    private static final int LOOK_UPS = Integer.getInteger("distcache.testing.many-caches", PAST_THE_BOUND);
    /** Each is six round trips. */
    private static final int CYCLES = Math.max(2_000, LOOK_UPS / 10);
    /** Objects of one class that may be there by chance: buffers, idle connections, what is queued. */
    private static final long CHANCE = 500;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private CacheManager manager(URI uri) {
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", "20s");
        return opened(Caching.getCachingProvider()
                .getCacheManager(uri, new ClassLoader(getClass().getClassLoader()) {}, properties));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void look_ups_of_an_absent_cache_leave_nothing_behind(boolean embedded) {
        NodeProcess node = embedded ? null : opened(NodeProcess.start());
        CacheManager manager = manager(node == null ? URI.create("distcache:embedded/lookups") : node.uri("lookups"));
        lookUp(manager, 1_000);
        LiveObjects before = LiveObjects.here();
        LiveObjects onNode = node == null ? before : LiveObjects.in(node);

        lookUp(manager, LOOK_UPS);

        assertThat(LiveObjects.here().moreThan(before, CHANCE)).isEmpty();
        if (node != null) {
            assertThat(LiveObjects.in(node).moreThan(onNode, CHANCE)).isEmpty();
        }
        Cache<String, Integer> cache = manager.createCache("c", ages());
        cache.put("ada", 36);
        assertThat(cache.get("ada")).isEqualTo(36);
    }

    private static void lookUp(CacheManager manager, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(manager.getCache("absent")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void creating_and_destroying_leaves_nothing_behind_here_on_the_node_and_with_others_that_had_it_open(
            boolean embedded) {
        NodeProcess node = embedded ? null : opened(NodeProcess.start());
        URI uri = node == null ? URI.create("distcache:embedded/cycles") : node.uri("cycles");
        CacheManager manager = manager(uri);
        CacheManager other = manager(uri);
        cycle(manager, other, 200);
        LiveObjects before = LiveObjects.here();
        LiveObjects onNode = node == null ? before : LiveObjects.in(node);

        cycle(manager, other, embedded ? Math.max(PAST_THE_BOUND, CYCLES) : CYCLES);

        eventually(() -> assertThat(LiveObjects.here().moreThan(before, CHANCE)).isEmpty());
        if (node != null) {
            eventually(() ->
                    assertThat(LiveObjects.in(node).moreThan(onNode, CHANCE)).isEmpty());
        }
        for (CacheManager each : List.of(manager, other)) {
            Cache<String, Integer> cache = each.getCache("c", String.class, Integer.class);
            cache = cache == null ? each.createCache("c", ages()) : cache;
            cache.put("ada", 36);
            assertThat(cache.get("ada")).isEqualTo(36);
        }
    }

    /** The other opens each cache and never closes it. */
    private static void cycle(CacheManager manager, CacheManager other, int times) {
        for (int i = 0; i < times; i++) {
            String name = "c" + i;
            Cache<String, Integer> cache = manager.createCache(name, ages());
            cache.put("ada", i);
            assertThat(other.getCache(name, String.class, Integer.class).get("ada"))
                    .isEqualTo(i);
            manager.destroyCache(name);
        }
    }

    @Test
    void what_is_late_for_a_closed_cache_does_not_reach_the_next_one() {
        NodeProcess node = opened(NodeProcess.start());
        CacheManager manager = manager(node.uri("late"));
        CacheManager other = manager(node.uri("late"));
        for (int i = 0; i < 200; i++) {
            // Destroyed by the other while this one closes it and opens the next: the word of it comes when the next is
            // open.
            Cache<String, Integer> going = manager.createCache("going" + i, ages());
            other.destroyCache("going" + i);
            going.close();
            Cache<String, Integer> next = manager.createCache("next" + i, ages());
            next.put("ada", i);
            assertThat(next.isClosed()).isFalse();
            assertThat(next.get("ada")).isEqualTo(i);
            manager.destroyCache("next" + i);
        }
    }

    @Test
    void the_most_caches_that_are_open_at_once_is_said() {
        NodeProcess node = opened(NodeProcess.start());
        try (DistCacheClient client = DistCacheClient.connect(node.address())) {
            int most = 10_000;
            for (int i = 0; i < most; i++) {
                client.keyspace("default", "c" + i).set("k", i);
            }
            assertThat(catchThrowable(
                            () -> client.keyspace("default", "one more").set("k", 1)))
                    .hasMessageContaining("has 10000 caches open, which is the most; close one");
        }
    }

    private static MutableConfiguration<String, Integer> ages() {
        return new MutableConfiguration<String, Integer>()
                .setTypes(String.class, Integer.class)
                .setStatisticsEnabled(true);
    }
}
