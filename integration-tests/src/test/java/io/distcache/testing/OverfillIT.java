package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.OverloadedException;
import io.distcache.jcache.DistCacheConfiguration;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A node in a 128 MiB heap that is given several times what it may keep goes on serving.
 * {@code -Ddistcache.testing.overfill=N} gives it N times that.
 */
class OverfillIT {
    private static final int TIMES = Integer.getInteger("distcache.testing.overfill", 4);
    private static final long HEAP_BYTES = 128L << 20;
    private static final long BOUND_BYTES = HEAP_BYTES * 60 / 100;
    private static final long OFFERED_BYTES = TIMES * BOUND_BYTES;

    private NodeProcess node;
    private CacheManager manager;

    @BeforeEach
    void start() {
        node = NodeProcess.start(List.of("-Xmx128m", "-XX:+UseG1GC"), 0);
        // Whether it lives is the question here, not how fast a busy machine answers.
        manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create(node.uri("full") + "?timeout=20s&connect-timeout=20s"),
                        OverfillIT.class.getClassLoader());
    }

    @AfterEach
    void stop() {
        manager.close();
        node.close();
    }

    @Test
    void with_values_of_100_bytes_it_goes_on() {
        // Of these, what the store counts is half overhead, and many times the bound would take minutes.
        overfill(100, 500, 3 * BOUND_BYTES / 2);
    }

    @Test
    void with_values_of_4_kib_it_goes_on() {
        overfill(4 << 10, 100, OFFERED_BYTES);
    }

    @Test
    void with_values_of_700_kib_which_waste_heap_regions_it_goes_on() {
        overfill(700 << 10, 4, OFFERED_BYTES);
    }

    @Test
    void with_values_of_all_sizes_it_goes_on() {
        Cache<String, byte[]> cache = cache(false);
        Random random = new Random(7);
        int[] sizes = {100, 4 << 10, 60 << 10, 700 << 10, 5 << 20};
        long offered = 0;
        for (long key = 0; offered < OFFERED_BYTES; key++) {
            byte[] value = value(sizes[random.nextInt(sizes.length)], key);
            cache.put("key-" + key, value);
            offered += value.length;
        }
        assertServes(cache);
    }

    private void overfill(int valueBytes, int batch, long offeredBytes) {
        Cache<String, byte[]> cache = cache(false);
        long start = System.nanoTime();
        long entries = offeredBytes / valueBytes;
        for (long key = 0; key < entries; key += batch) {
            Map<String, byte[]> some = new HashMap<>();
            for (long k = key; k < key + batch; k++) {
                some.put("key-" + k, value(valueBytes, k));
            }
            cache.putAll(some);
        }
        System.out.println("overfill: " + entries + " entries of " + valueBytes + " B offered in "
                + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertServes(cache);
    }

    @Test
    void a_cache_that_refuses_when_full_says_so_and_reads_go_on() {
        Cache<String, byte[]> cache = cache(true);
        long kept = 0;
        CacheException refused = null;
        while (refused == null && kept * 4096 < OFFERED_BYTES) {
            try {
                cache.put("key-" + kept, value(4096, kept));
                kept++;
            } catch (CacheException e) {
                refused = e;
            }
        }
        System.out.println("refused after " + kept + " entries of 4 KiB: " + refused);
        assertThat(refused).hasMessageContaining("full").hasCauseInstanceOf(OverloadedException.class);
        for (long more = 0; more < 1000; more++) {
            String key = "more-" + more;
            assertThatThrownBy(() -> cache.put(key, value(4096, 0))).hasCauseInstanceOf(OverloadedException.class);
        }
        for (long key = 0; key < kept; key += 97) {
            assertThat(cache.get("key-" + key)).isEqualTo(value(4096, key));
        }
        assertThat(cache.remove("key-0")).isTrue();
        cache.put("key-0", value(4096, 1));
        assertAlive();
    }

    private Cache<String, byte[]> cache(boolean refuses) {
        return manager.createCache(
                "full",
                new DistCacheConfiguration<String, byte[]>()
                        .refuseWhenFull(refuses)
                        .setTypes(String.class, byte[].class));
    }

    private void assertServes(Cache<String, byte[]> cache) {
        for (int i = 0; i < 1000; i++) {
            cache.put("then-" + i, value(1000, i));
            assertThat(cache.get("then-" + i)).isEqualTo(value(1000, i));
        }
        assertAlive();
    }

    private void assertAlive() {
        assertThat(node.process().isAlive()).isTrue();
        assertThat(node.process().lines())
                .noneMatch(line -> line.contains("OutOfMemoryError") || line.contains("ERROR"));
    }

    private static byte[] value(int bytes, long seed) {
        byte[] value = new byte[bytes];
        Arrays.fill(value, (byte) seed);
        return value;
    }
}
