package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.DistCacheClient;
import io.distcache.client.PoolStatus;
import io.distcache.client.UnreachableException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The failure policy of a cache holds with one node as it does in a pool. */
class OneNodeAwayIT {
    @TempDir
    Path directory;

    private NodeProcess node;
    private CacheManager manager;
    private Cache<String, String> cache;

    @AfterEach
    void stop() {
        manager.close();
        node.close();
    }

    private void startNode(int port) {
        node = NodeProcess.start(List.of(), port, "node.data-dir=" + directory.resolve("data"));
    }

    private void cacheWhoseNodeDied(String policy) {
        startNode(0);
        manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create(node.uri("away") + "?timeout=1s&failure-policy=" + policy),
                        OneNodeAwayIT.class.getClassLoader());
        cache = manager.createCache(
                "c",
                new MutableConfiguration<String, String>()
                        .setTypes(String.class, String.class)
                        .setStatisticsEnabled(true));
        cache.put("k", "before");
        cache.put("other", "before");
        node.kill();
    }

    private PoolStatus pool() {
        return manager.unwrap(DistCacheClient.class).pool();
    }

    @Test
    void under_miss_reads_miss_and_writes_are_dropped_and_counted() {
        cacheWhoseNodeDied("miss");
        assertThat(cache.get("k")).isNull();
        assertThat(cache.containsKey("k")).isFalse();
        assertThat(cache.getAll(Set.of("k", "other"))).isEmpty();
        assertThat(cache.iterator()).isExhausted();
        assertThat(pool().missedReads()).isEqualTo(5);
        cache.put("k", "dropped");
        cache.putAll(Map.of("k", "dropped", "other", "dropped"));
        assertThat(cache.remove("k")).isFalse();
        assertThat(cache.getAndPut("k", "dropped")).isNull();
        assertThat(cache.getAndRemove("k")).isNull();
        cache.removeAll(Set.of("k"));
        cache.removeAll();
        cache.clear();
        assertThat(pool().droppedWrites()).isEqualTo(9);
        assertThat(cache.get("k")).isNull();
    }

    @Test
    void under_miss_what_depends_on_the_entry_is_not_done_and_says_so_and_why() {
        cacheWhoseNodeDied("miss");
        for (Runnable call : List.<Runnable>of(
                () -> cache.putIfAbsent("k", "v"),
                () -> cache.replace("k", "v"),
                () -> cache.replace("k", "before", "v"),
                () -> cache.remove("k", "before"),
                () -> cache.invoke("k", (entry, more) -> entry.exists()))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(CacheException.class)
                    .hasCauseInstanceOf(UnreachableException.class)
                    .hasMessageContaining("Connection refused");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throw", "failover"})
    void under_the_other_policies_there_is_nobody_else_and_calls_throw(String policy) {
        cacheWhoseNodeDied(policy);
        for (Runnable call : List.<Runnable>of(
                () -> cache.get("k"),
                () -> cache.put("k", "v"),
                () -> cache.clear(),
                () -> cache.iterator().forEachRemaining(entry -> {}))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(CacheException.class)
                    .hasCauseInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void what_dropped_writes_would_have_overwritten_is_a_miss_when_the_node_is_back_and_nothing_else_is() {
        cacheWhoseNodeDied("miss");
        cache.put("k", "dropped");
        startNode(node.port());
        eventually(() -> assertThat(cache.get("other")).isEqualTo("before"));
        assertThat(cache.get("k")).isNull();
        cache.put("k", "after");
        assertThat(cache.get("k")).isEqualTo("after");
    }

    @Test
    void a_dropped_clear_is_made_up_for_when_the_node_is_back() {
        cacheWhoseNodeDied("miss");
        cache.clear();
        startNode(node.port());
        eventually(() -> {
            cache.put("new", "after");
            assertThat(cache.get("new")).isEqualTo("after");
        });
        assertThat(cache.getAll(Set.of("k", "other"))).isEmpty();
    }
}
