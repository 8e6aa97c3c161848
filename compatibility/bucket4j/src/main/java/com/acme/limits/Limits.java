package com.acme.limits;

import io.distcache.compatibility.Checks;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.grid.jcache.Bucket4jJCache;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** Calls that are limited to 100 an hour for each user, over all processes. */
public final class Limits {
    private Limits() {}

    /** Takes which run this is. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
            Cache<String, byte[]> cache = manager.createCache(
                    "buckets", new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
            ProxyManager<String> buckets = Bucket4jJCache.entryProcessorBasedBuilder(cache).build();
            BucketConfiguration configuration = BucketConfiguration.builder()
                    .addLimit(limit -> limit.capacity(100).refillIntervally(100, Duration.ofHours(1)))
                    .build();
            Bucket bucket = buckets.getProxy("ada", () -> configuration);
            if (checks.again()) {
                checks.equal("what was used before the restart is used", 0L, bucket.getAvailableTokens());
                checks.holds("one more is refused", !bucket.tryConsume(1));
            } else {
                checks.equal("of 160 calls by 8 threads 100 are let through", 100L, consumed(bucket));
            }
        }
        System.exit(checks.end());
    }

    private static long consumed(Bucket bucket) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> calls = IntStream.range(0, 160)
                    .<Callable<Boolean>>mapToObj(i -> () -> bucket.tryConsume(1))
                    .toList();
            long consumed = 0;
            for (var call : threads.invokeAll(calls)) {
                consumed += call.get() ? 1 : 0;
            }
            return consumed;
        } finally {
            threads.shutdown();
        }
    }
}
