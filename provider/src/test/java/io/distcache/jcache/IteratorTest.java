package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.SerializationRefusedException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an iterator returned was used; what it looked at was not. */
class IteratorTest {
    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(
                    URI.create("distcache:embedded/iterator"), getClass().getClassLoader());
    private final AtomicInteger accesses = new AtomicInteger();

    private record Refused(int number) {}

    /** Another application's manager, which may make objects of that class. */
    private static CacheManager trusting(String namespace) {
        Properties allow = new Properties();
        allow.setProperty("distcache.serialization.allow", IteratorTest.class.getName() + "$*");
        return new DistCachingProvider()
                .getCacheManager(
                        URI.create("distcache:embedded/" + namespace), IteratorTest.class.getClassLoader(), allow);
    }

    private final class CountingPolicy implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return Duration.ONE_DAY;
        }

        @Override
        public Duration getExpiryForAccess() {
            accesses.incrementAndGet();
            return Duration.ONE_DAY;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return null;
        }
    }

    private Cache<String, Object> cache() {
        return cache(manager);
    }

    private Cache<String, Object> cache(CacheManager manager) {
        return manager.createCache(
                "c",
                new MutableConfiguration<String, Object>()
                        .setTypes(String.class, Object.class)
                        .setStatisticsEnabled(true)
                        .setExpiryPolicyFactory(CountingPolicy::new));
    }

    @AfterEach
    void close() {
        if (!manager.isClosed()) {
            manager.destroyCache("c");
            manager.close();
        }
    }

    private static long count(String attribute) throws Exception {
        ObjectName name = ManagementFactory.getPlatformMBeanServer()
                .queryNames(new ObjectName("javax.cache:type=CacheStatistics,*"), null)
                .iterator()
                .next();
        return (long) ManagementFactory.getPlatformMBeanServer().getAttribute(name, attribute);
    }

    @Test
    void to_look_for_the_next_entry_is_no_access() throws Exception {
        Cache<String, Object> cache = cache();
        cache.put("a", 1);
        cache.put("b", 2);
        Iterator<Cache.Entry<String, Object>> iterator = cache.iterator();

        for (int i = 0; i < 3; i++) {
            assertThat(iterator.hasNext()).isTrue();
        }
        assertThat(count("CacheHits")).isZero();
        assertThat(count("CacheGets")).isZero();
        assertThat(accesses).hasValue(0);

        Cache.Entry<String, Object> unused = iterator.next();
        assertThat(count("CacheHits")).isEqualTo(1);
        assertThat(accesses).hasValue(1);
        assertThat(iterator.hasNext()).isTrue();
        unused = iterator.next();
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
        assertThat(count("CacheHits")).isEqualTo(2);
        assertThat(count("CacheMisses")).isZero();
        assertThat(accesses).hasValue(2);
    }

    @Test
    void what_may_not_be_decoded_fails_when_it_is_to_be_returned() {
        Cache<String, Object> cache = cache();
        try (CacheManager trusting = trusting("iterator")) {
            cache(trusting).put("a", new Refused(1));
        }
        Iterator<Cache.Entry<String, Object>> iterator = cache.iterator();

        assertThat(iterator.hasNext()).isTrue();
        assertThatThrownBy(iterator::next)
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(SerializationRefusedException.class);
        assertThat(iterator.hasNext()).isFalse();
        assertThat(accesses).hasValue(0);
    }

    @Test
    void it_ends_with_its_cache() {
        Cache<String, Object> cache = cache();
        cache.put("a", 1);
        cache.put("b", 2);
        Iterator<Cache.Entry<String, Object>> fresh = cache.iterator();
        Iterator<Cache.Entry<String, Object>> begun = cache.iterator();
        Cache.Entry<String, Object> unused = begun.next();
        Iterator<Cache.Entry<String, Object>> looked = cache.iterator();
        assertThat(looked.hasNext()).isTrue();

        cache.close();

        for (Iterator<Cache.Entry<String, Object>> iterator : java.util.List.of(fresh, begun, looked)) {
            assertThatThrownBy(iterator::hasNext).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(iterator::next).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(iterator::remove).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void it_ends_with_a_cache_that_was_destroyed() {
        Cache<String, Object> cache = cache();
        cache.put("a", 1);
        Iterator<Cache.Entry<String, Object>> iterator = cache.iterator();
        assertThat(iterator.hasNext()).isTrue();

        manager.destroyCache("c");

        assertThatThrownBy(iterator::hasNext).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(iterator::next).isInstanceOf(IllegalStateException.class);
    }
}
