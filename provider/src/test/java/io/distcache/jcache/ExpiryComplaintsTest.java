package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.Test;

/** Of an expiry policy that fails the log tells once, by the name that the application gave its class. */
class ExpiryComplaintsTest {
    private static class Failing implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            throw new IllegalStateException("made up");
        }

        @Override
        public Duration getExpiryForAccess() {
            throw new IllegalStateException("made up");
        }

        @Override
        public Duration getExpiryForUpdate() {
            throw new NoClassDefFoundError("com/acme/Missing");
        }
    }

    private static final class FailingToo extends Failing {}

    @Test
    void each_class_is_named_once() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (CacheManager manager = new DistCachingProvider()
                .getCacheManager(
                        URI.create("distcache:embedded/complaints"), getClass().getClassLoader())) {
            List<Factory<ExpiryPolicy>> policies = List.of(Failing::new, Failing::new, FailingToo::new);
            for (int i = 0; i < policies.size(); i++) {
                Cache<String, String> cache = manager.createCache(
                        "c" + i,
                        new MutableConfiguration<String, String>()
                                .setTypes(String.class, String.class)
                                .setExpiryPolicyFactory(policies.get(i)));
                for (int call = 0; call < 5; call++) {
                    cache.put("k", "v" + call);
                    assertThat(cache.get("k")).isEqualTo("v" + call);
                }
                manager.destroyCache("c" + i);
            }
        } finally {
            System.setErr(before);
        }

        List<String> complaints = log.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("the expiry policy"))
                .toList();
        assertThat(complaints).hasSize(2);
        assertThat(complaints.get(0)).contains(Failing.class.getName() + " failed");
        assertThat(complaints.get(1)).contains(FailingToo.class.getName() + " failed");
    }
}
