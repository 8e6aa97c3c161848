package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.DistCacheClient;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A factory of the application that throws or gives null leaves nothing behind, here or on the node. */
class FactoryFailuresTest {
    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(
                    URI.create("distcache:embedded/factories"), getClass().getClassLoader());
    private final List<Closeable> made = new ArrayList<>();

    @AfterEach
    void close() {
        manager.close();
    }

    /** Every kind of object that an application hands in, in one. */
    private static class Closeable
            implements CacheLoader<String, String>,
                    CacheWriter<String, String>,
                    ExpiryPolicy,
                    CacheEntryCreatedListener<String, String>,
                    CacheEntryEventFilter<String, String>,
                    AutoCloseable {
        private int closed;

        @Override
        public String load(String key) {
            return key;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            return Map.of();
        }

        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {}

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {}

        @Override
        public void delete(Object key) {}

        @Override
        public void deleteAll(Collection<?> keys) {}

        @Override
        public Duration getExpiryForCreation() {
            return Duration.ETERNAL;
        }

        @Override
        public Duration getExpiryForAccess() {
            return null;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return null;
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public boolean evaluate(CacheEntryEvent<? extends String, ? extends String> event) {
            return true;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private Closeable good() {
        Closeable object = new Closeable();
        made.add(object);
        return object;
    }

    @FunctionalInterface
    private interface Part extends BiConsumer<MutableConfiguration<String, String>, Factory<Closeable>> {}

    @SuppressWarnings("unchecked") // a factory of an object that is everything
    private static <T> Factory<T> as(Factory<Closeable> factory) {
        return (Factory<T>) factory;
    }

    private static Map<String, Part> parts(Factory<Closeable> good) {
        return Map.of(
                "expiry policy",
                (configuration, factory) -> configuration.setExpiryPolicyFactory(factory),
                "loader",
                (configuration, factory) -> configuration.setCacheLoaderFactory(as(factory)),
                "writer",
                (configuration, factory) -> configuration.setCacheWriterFactory(as(factory)),
                "listener",
                (configuration, factory) -> configuration.addCacheEntryListenerConfiguration(
                        new MutableCacheEntryListenerConfiguration<>(as(factory), as(good), true, true)),
                "filter",
                (configuration, factory) -> configuration.addCacheEntryListenerConfiguration(
                        new MutableCacheEntryListenerConfiguration<>(as(good), as(factory), true, false)));
    }

    static Stream<Arguments> failures() {
        Factory<Closeable> exception = () -> {
            throw new IllegalStateException("no database");
        };
        Factory<Closeable> error = () -> {
            throw new NoClassDefFoundError("com/acme/Missing");
        };
        Factory<Closeable> outOfMemory = () -> {
            throw new OutOfMemoryError("made up");
        };
        Factory<Closeable> nothing = () -> null;
        return parts(nothing).keySet().stream()
                .sorted()
                .flatMap(part -> Stream.of(
                        Arguments.of(part, exception, IllegalStateException.class),
                        Arguments.of(part, error, NoClassDefFoundError.class),
                        Arguments.of(part, outOfMemory, OutOfMemoryError.class),
                        Arguments.of(part, nothing, CacheException.class)));
    }

    /** All parts are good ones, but for one. */
    private MutableConfiguration<String, String> allGoodBut(String bad, Factory<Closeable> factory) {
        MutableConfiguration<String, String> configuration = new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setStatisticsEnabled(true)
                .setManagementEnabled(true);
        parts(this::good).forEach((part, set) -> set.accept(configuration, part.equals(bad) ? factory : this::good));
        return configuration;
    }

    @ParameterizedTest(name = "{0} fails with {2}")
    @MethodSource("failures")
    void nothing_is_left_of_a_cache_that_cannot_be_made(
            String part, Factory<Closeable> factory, Class<? extends Throwable> expected) throws Exception {
        Throwable failure = catchThrowable(() -> manager.createCache("c", allGoodBut(part, factory)));

        assertThat(failure).isExactlyInstanceOf(expected);
        assertThat(made).allSatisfy(object -> assertThat(object.closed).isEqualTo(1));
        assertThat(manager.getCacheNames()).isEmpty();
        assertThat(manager.unwrap(DistCacheClient.class).remote().list("factories"))
                .isEmpty();
        assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("javax.cache:*"), null))
                .isEmpty();
        Cache<String, String> another = manager.createCache(
                "c",
                new MutableConfiguration<String, String>()
                        .setTypes(String.class, String.class)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
        another.put("k", "v");
        assertThat(another.get("k")).isEqualTo("v");
        manager.destroyCache("c");
    }

    static Stream<Arguments> failuresOfListeners() {
        return failures().filter(failure -> Set.of("listener", "filter").contains(failure.get()[0]));
    }

    @ParameterizedTest(name = "{0} fails with {2}")
    @MethodSource("failuresOfListeners")
    @SuppressWarnings("unchecked") // the standard asks for a raw configuration
    void nothing_is_left_of_a_listener_that_cannot_be_made(
            String part, Factory<Closeable> factory, Class<? extends Throwable> expected) {
        Cache<String, String> cache = manager.createCache(
                "c", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
        MutableConfiguration<String, String> with = new MutableConfiguration<>();
        parts(this::good).get(part).accept(with, factory);

        Throwable failure = catchThrowable(() -> cache.registerCacheEntryListener(
                with.getCacheEntryListenerConfigurations().iterator().next()));

        assertThat(failure).isExactlyInstanceOf(expected);
        assertThat(made).allSatisfy(object -> assertThat(object.closed).isEqualTo(1));
        CompleteConfiguration<?, ?> configuration = cache.getConfiguration(CompleteConfiguration.class);
        assertThat(configuration.getCacheEntryListenerConfigurations()).isEmpty();
        cache.put("k", "v");
        manager.destroyCache("c");
        assertThat(manager.unwrap(DistCacheClient.class).remote().list("factories"))
                .isEmpty();
    }
}
