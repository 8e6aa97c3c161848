package io.distcache.examples;

import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;

/** The code in README.md; a test compares the two. Runs against the node that {@code distcache.uri} names. */
public final class TenLines {
    private TenLines() {}

    /** Runs it. */
    public static void main(String[] args) {
        // README begins
        CacheManager manager = Caching.getCachingProvider().getCacheManager();
        Cache<String, Long> visits = manager.createCache(
                "visits",
                new MutableConfiguration<String, Long>()
                        .setTypes(String.class, Long.class)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10))));
        visits.put("ada", 1L);
        visits.invoke("ada", (entry, more) -> { // exclusive per entry, over all threads and all JVMs
            entry.setValue(entry.getValue() + 1);
            return null;
        });
        System.out.println(visits.get("ada")); // 2
        // README ends
        manager.destroyCache("visits");
        manager.close();
    }
}
