package com.acme.meters;

import io.distcache.compatibility.Checks;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.JCacheMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** A program that has its caches measured. */
public final class Meters {
    private Meters() {}

    /** Takes which run this is. */
    public static void main(String[] arguments) {
        Checks checks = Checks.of(arguments);
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
            MeterRegistry registry = new SimpleMeterRegistry();
            for (String name : new String[] {"visits", "com.acme.visits", "visits of a day"}) {
                Cache<String, Long> cache = manager.createCache(
                        name,
                        new MutableConfiguration<String, Long>()
                                .setTypes(String.class, Long.class)
                                .setStatisticsEnabled(true));
                JCacheMetrics.monitor(registry, cache);
                if (checks.again()) {
                    checks.equal("a value is there after a restart, in " + name, 1L, cache.get("ada"));
                } else {
                    cache.put("ada", 1L);
                    cache.get("ada");
                }
                cache.get("nobody");
                checks.equal("a meter counts hits of " + name, 1.0, gets(registry, name, "hit"));
                checks.equal("a meter counts misses of " + name, 1.0, gets(registry, name, "miss"));
                checks.equal("a meter counts puts of " + name, checks.again() ? 0.0 : 1.0, registry.get("cache.puts").tag("cache", name).functionCounter().count());
            }
        }
        System.exit(checks.end());
    }

    private static double gets(MeterRegistry registry, String cache, String result) {
        FunctionCounter counter = registry.get("cache.gets").tag("cache", cache).tag("result", result).functionCounter();
        return counter.count();
    }
}
