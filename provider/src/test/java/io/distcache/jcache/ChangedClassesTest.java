package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;

/** A stored value of a class that changed is a miss, which the log tells once; one that this application cannot link is an error. */
class ChangedClassesTest {
    private static boolean changed;
    private static boolean broken;

    /** Refuses what it took before, as the constructor of a class of the next release may. */
    record Price(int cents) {
        Price {
            fail();
        }
    }

    /** The same again. */
    record Weight(int grams) {
        Weight {
            fail();
        }
    }

    /** As a record, in the form that a Java stream has. */
    static final class Box implements Serializable {
        private static final long serialVersionUID = 1L;
        private final int size;

        Box(int size) {
            this.size = size;
        }

        private void readObject(ObjectInputStream in) throws java.io.IOException, ClassNotFoundException {
            in.defaultReadObject();
            fail();
        }

        @Override
        public String toString() {
            return "Box " + size;
        }
    }

    private static void fail() {
        if (changed) {
            throw new IllegalArgumentException("not any more");
        }
        if (broken) {
            throw new NoClassDefFoundError("com/acme/Missing");
        }
    }

    private static void with(Use use) {
        changed = false;
        broken = false;
        try (CacheManager manager = new DistCachingProvider()
                .getCacheManager(URI.create("distcache:embedded/changed"), ChangedClassesTest.class.getClassLoader())) {
            Cache<String, Object> cache = manager.createCache(
                    "changed", new MutableConfiguration<String, Object>().setStatisticsEnabled(true));
            cache.put("price", new Price(1));
            cache.put("weight", new Weight(1));
            cache.put("box", new Box(1));
            use.of(cache);
        } finally {
            changed = false;
            broken = false;
        }
    }

    private interface Use {
        void of(Cache<String, Object> cache);
    }

    @Test
    void values_of_a_class_that_changed_are_misses_and_the_log_tells_each_class_once() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            System.setProperty("distcache.serialization.allow", "io.distcache.jcache.*");
            with(cache -> {
                changed = true;
                for (int i = 0; i < 3; i++) {
                    for (String key : List.of("price", "weight", "box")) {
                        assertThat(cache.get(key)).isNull();
                    }
                }
            });
        } finally {
            System.clearProperty("distcache.serialization.allow");
            System.setErr(before);
        }
        List<String> said = log.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN") && line.contains("counts as a miss"))
                .toList();
        assertThat(said).hasSize(3);
        assertThat(said.get(0)).contains("cache changed", Price.class.getName(), "not any more");
        assertThat(said.get(1)).contains(Weight.class.getName());
        assertThat(said.get(2)).contains(Box.class.getName());
    }

    @Test
    void a_class_that_cannot_be_linked_is_an_error_at_every_read() {
        try {
            System.setProperty("distcache.serialization.allow", "io.distcache.jcache.*");
            with(cache -> {
                broken = true;
                for (String key : List.of("price", "weight", "box")) {
                    assertThatThrownBy(() -> cache.get(key))
                            .isInstanceOf(CacheException.class)
                            .hasRootCauseInstanceOf(NoClassDefFoundError.class)
                            .hasMessageContaining("com/acme/Missing");
                    assertThatThrownBy(() -> cache.getAll(Set.of(key))).isInstanceOf(CacheException.class);
                }
                assertThatThrownBy(() -> cache.iterator().next()).isInstanceOf(CacheException.class);
            });
        } finally {
            System.clearProperty("distcache.serialization.allow");
        }
    }
}
