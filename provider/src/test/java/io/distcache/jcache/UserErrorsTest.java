package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListener;
import javax.cache.integration.CompletionListenerFuture;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors of the application's code end where its exceptions do: whoever waits hears of them, and everybody else goes on. */
@Timeout(60)
class UserErrorsTest {
    private final DistCachingProvider provider = new DistCachingProvider();
    private final CacheManager manager = provider.getCacheManager(
            URI.create("distcache:embedded/errors"), getClass().getClassLoader());

    @AfterEach
    void close() {
        if (!manager.isClosed()) {
            manager.getCacheNames().forEach(manager::destroyCache);
            manager.close();
        }
    }

    static Stream<Named<Supplier<Throwable>>> failures() {
        return Stream.<Supplier<Throwable>>of(
                        () -> new IllegalStateException("made up"),
                        () -> new NoClassDefFoundError("com/acme/Missing"),
                        () -> new AssertionError("made up"),
                        () -> new StackOverflowError("made up"),
                        () -> new OutOfMemoryError("made up"))
                .map(failure -> Named.of(failure.get().getClass().getSimpleName(), failure));
    }

    private static final class Loader implements CacheLoader<String, String> {
        private final Supplier<Throwable> failure;
        private volatile boolean fails = true;

        Loader(Supplier<Throwable> failure) {
            this.failure = failure;
        }

        @Override
        public String load(String key) {
            if (fails) {
                throw UserErrorsTest.<RuntimeException>thrown(failure);
            }
            return "loaded " + key;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            Map<String, String> loaded = new HashMap<>();
            keys.forEach(key -> loaded.put(key, load(key)));
            return loaded;
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // throws whatever it is
    private static <T extends Throwable> T thrown(Supplier<Throwable> failure) throws T {
        throw (T) failure.get();
    }

    private static MutableConfiguration<String, String> strings() {
        return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    }

    // --- loading

    @ParameterizedTest
    @MethodSource("failures")
    void a_load_that_fails_completes_its_listener(Supplier<Throwable> failure) throws Exception {
        Loader loader = new Loader(failure);
        Cache<String, String> cache = manager.createCache("c", strings().setCacheLoaderFactory(() -> loader));

        CompletionListenerFuture failed = new CompletionListenerFuture();
        cache.loadAll(Set.of("a"), true, failed);
        assertThatThrownBy(() -> failed.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(failure.get().getClass());

        loader.fails = false;
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(Set.of("a"), true, loaded);
        loaded.get(20, TimeUnit.SECONDS);
        assertThat(cache.get("a")).isEqualTo("loaded a");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_load_that_fails_leaves_the_entry_to_the_next_who_asks(Supplier<Throwable> failure) {
        Loader loader = new Loader(failure);
        Cache<String, String> cache =
                manager.createCache("c", strings().setReadThrough(true).setCacheLoaderFactory(() -> loader));

        assertRoot(() -> cache.get("a"), failure);
        assertRoot(() -> cache.getAll(Set.of("a", "b")), failure);
        assertRoot(() -> cache.invoke("a", (entry, arguments) -> entry.getValue()), failure);

        loader.fails = false;
        assertThat(cache.get("a")).isEqualTo("loaded a");
        assertThat(cache.getAll(Set.of("a", "b"))).hasSize(2);
    }

    private static void assertRoot(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Supplier<Throwable> failure) {
        Throwable thrown = catchThrowable(call);
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        assertThat(root).isExactlyInstanceOf(failure.get().getClass());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_completion_listener_that_fails_harms_nobody(Supplier<Throwable> failure) throws Exception {
        Loader loader = new Loader(failure);
        Cache<String, String> cache = manager.createCache("c", strings().setCacheLoaderFactory(() -> loader));
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
        CompletionListener bad = new CompletionListener() {
            @Override
            public void onCompletion() {
                told.add("completed");
                throw UserErrorsTest.<RuntimeException>thrown(failure);
            }

            @Override
            public void onException(Exception e) {
                told.add("failed");
                throw UserErrorsTest.<RuntimeException>thrown(failure);
            }
        };
        try {
            cache.loadAll(Set.of("a"), true, bad);
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("failed");
            loader.fails = false;
            cache.loadAll(Set.of("a"), true, bad);
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("completed");
            manager.createCache("without", strings()).loadAll(Set.of("a"), true, bad);
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("completed");

            CompletionListenerFuture next = new CompletionListenerFuture();
            cache.loadAll(Set.of("a"), true, next);
            next.get(20, TimeUnit.SECONDS);
            assertThat(told).isEmpty();
            assertThat(uncaught).isEmpty();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    /** An exception that cannot even say what it is. */
    @SuppressWarnings("OverrideThrowableToString") // as applications do
    private static final class Speechless extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String toString() {
            throw new NoClassDefFoundError("com/acme/Messages");
        }
    }

    /** An exception that cannot be sent to those who wait elsewhere. */
    private static final class Unwritable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private void writeObject(java.io.ObjectOutputStream out) {
            throw new NoClassDefFoundError("com/acme/Details");
        }
    }

    @Test
    void a_failure_that_cannot_be_told_frees_the_entry_all_the_same() throws Exception {
        Loader loader = new Loader(Speechless::new);
        Cache<String, String> cache =
                manager.createCache("c", strings().setReadThrough(true).setCacheLoaderFactory(() -> loader));
        @SuppressWarnings("unchecked")
        ComputingCache<String, String> computing =
                manager.createCache("computed", strings()).unwrap(ComputingCache.class);

        Throwable loading = catchThrowable(() -> cache.get("a"));
        Throwable computation = catchThrowable(() -> computing.getOrCompute("a", () -> {
            throw new Speechless();
        }));
        Throwable later = catchThrowable(() -> computing
                .getOrComputeAsync("b", () -> CompletableFuture.failedFuture(new Unwritable()), Runnable::run)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS));

        assertThat(loading.getCause()).isExactlyInstanceOf(Speechless.class);
        assertThat(computation).isExactlyInstanceOf(Speechless.class);
        assertThat(later.getCause()).isExactlyInstanceOf(Unwritable.class);
        loader.fails = false;
        assertThat(cache.get("a")).isEqualTo("loaded a");
        assertThat(computing.getOrCompute("a", () -> "v")).isEqualTo("v");
        assertThat(computing.getOrCompute("b", () -> "v")).isEqualTo("v");
    }

    @Test
    void an_executor_that_takes_no_computation_leaves_the_entry_to_the_next() throws Exception {
        @SuppressWarnings("unchecked")
        ComputingCache<String, String> computing =
                manager.createCache("c", strings()).unwrap(ComputingCache.class);

        Throwable failure = catchThrowable(() -> computing
                .getOrComputeAsync("a", () -> CompletableFuture.completedFuture("v"), task -> {
                    throw new NoClassDefFoundError("com/acme/Pool");
                })
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS));

        assertThat(failure).hasRootCauseInstanceOf(NoClassDefFoundError.class);
        assertThat(computing.getOrCompute("a", () -> "v")).isEqualTo("v");
    }

    // --- listeners

    private static final class Listener implements CacheEntryCreatedListener<String, String> {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final Supplier<Throwable> failure;

        Listener(Supplier<Throwable> failure) {
            this.failure = failure;
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
            events.forEach(event -> heard.add(event.getKey()));
            if (failure != null) {
                throw UserErrorsTest.<RuntimeException>thrown(failure);
            }
        }
    }

    private static void listen(
            Cache<String, String> cache,
            CacheEntryCreatedListener<String, String> listener,
            Factory<CacheEntryEventFilter<String, String>> filter,
            boolean synchronous) {
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, filter, false, synchronous));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_listener_that_fails_hides_no_event_from_those_beside_it(Supplier<Throwable> failure) throws Exception {
        Cache<String, String> cache = manager.createCache("c", strings());
        Factory<CacheEntryEventFilter<String, String>> badFilter = () -> event -> {
            throw UserErrorsTest.<RuntimeException>thrown(failure);
        };
        Listener bad = new Listener(failure);
        Listener filtered = new Listener(null);
        Listener good = new Listener(null);
        listen(cache, bad, null, false);
        listen(cache, filtered, badFilter, false);
        listen(cache, good, null, false);

        cache.put("1", "v");
        String thread = asyncThread(cache, good, "1");
        cache.put("2", "v");
        assertThat(asyncThread(cache, good, "2")).isEqualTo(thread);
        assertThat(bad.heard.poll(20, TimeUnit.SECONDS)).isEqualTo("1");
        assertThat(bad.heard.poll(20, TimeUnit.SECONDS)).isEqualTo("2");
        assertThat(filtered.heard).isEmpty();
    }

    /** Waits for the event, and tells which threads dispatch events now. */
    private static String asyncThread(Cache<String, String> cache, Listener good, String key) throws Exception {
        assertThat(good.heard.poll(20, TimeUnit.SECONDS)).isEqualTo(key);
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("distcache-events-" + cache.getName()))
                .map(thread -> thread.getName() + " " + thread.getId())
                .toList()
                .toString();
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_synchronous_listener_that_fails_tells_who_caused_the_event(Supplier<Throwable> failure) {
        Cache<String, String> cache = manager.createCache("c", strings());
        Listener bad = new Listener(failure);
        Listener good = new Listener(null);
        listen(cache, bad, null, true);
        listen(cache, good, null, true);

        for (String key : List.of("1", "2")) {
            assertThatThrownBy(() -> cache.put(key, "v"))
                    .isInstanceOf(CacheEntryListenerException.class)
                    .hasRootCauseInstanceOf(failure.get().getClass());
            assertThat(cache.get(key)).isEqualTo("v");
        }
        assertThat(good.heard).containsExactly("1", "2");
    }

    // --- writers

    /** Writes one entry and fails at the next. */
    private static class Writer implements CacheWriter<String, String>, AutoCloseable {
        final Map<String, String> store = new HashMap<>();
        final Supplier<Throwable> failure;

        Writer(Supplier<Throwable> failure) {
            this.failure = failure;
        }

        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            store.put(entry.getKey(), entry.getValue());
        }

        @Override
        public void delete(Object key) {
            store.remove(key);
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            Iterator<Cache.Entry<? extends String, ? extends String>> each = entries.iterator();
            write(each.next());
            each.remove();
            throw UserErrorsTest.<RuntimeException>thrown(failure);
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            Iterator<?> each = keys.iterator();
            delete(each.next());
            each.remove();
            throw UserErrorsTest.<RuntimeException>thrown(failure);
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @MethodSource("failures")
    void what_a_writer_wrote_before_it_failed_is_in_the_cache(Supplier<Throwable> failure) {
        Writer writer = new Writer(failure);
        Cache<String, String> cache =
                manager.createCache("c", strings().setWriteThrough(true).setCacheWriterFactory(() -> writer));

        assertRoot(() -> cache.putAll(Map.of("a", "1", "b", "2", "c", "3")), failure);
        assertThat(writer.store).hasSize(1);
        assertThat(cache.getAll(Set.of("a", "b", "c"))).isEqualTo(writer.store);

        cache.put("a", "4");
        cache.put("b", "4");
        cache.put("c", "4");
        assertRoot(() -> cache.removeAll(Set.of("a", "b", "c")), failure);
        assertThat(writer.store).hasSize(2);
        assertThat(cache.getAll(Set.of("a", "b", "c"))).isEqualTo(writer.store);
        assertRoot(cache::removeAll, failure);
        assertThat(cache.getAll(Set.of("a", "b", "c"))).isEqualTo(writer.store).hasSize(1);
    }

    @Test
    void an_expiry_policy_in_a_broken_jvm_leaves_store_and_cache_alike() {
        Writer writer = new Writer(() -> new IllegalStateException("not asked for many"));
        AtomicInteger asked = new AtomicInteger();
        ExpiryPolicy policy = new Policy() {
            @Override
            public Duration getExpiryForCreation() {
                if (asked.incrementAndGet() > 1) {
                    throw new OutOfMemoryError("made up");
                }
                return Duration.ETERNAL;
            }
        };
        Cache<String, String> cache = manager.createCache(
                "c",
                strings()
                        .setExpiryPolicyFactory(() -> policy)
                        .setWriteThrough(true)
                        .setCacheWriterFactory(() -> writer));

        cache.put("a", "1");
        assertThatThrownBy(() -> cache.put("b", "1")).isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> cache.putAll(Map.of("b", "1", "d", "1"))).isInstanceOf(OutOfMemoryError.class);
        assertThat(cache.getAll(Set.of("a", "b", "d"))).isEqualTo(writer.store).isEqualTo(Map.of("a", "1"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void one_entry_whose_processing_fails_does_not_hide_the_others(Supplier<Throwable> failure) {
        Cache<String, String> cache = manager.createCache(
                "c", strings().setWriteThrough(true).setCacheWriterFactory(() -> new Writer(failure) {
                    @Override
                    public void write(Cache.Entry<? extends String, ? extends String> entry) {
                        if (entry.getKey().equals("bad")) {
                            throw UserErrorsTest.<RuntimeException>thrown(failure);
                        }
                    }
                }));

        var results = cache.invokeAll(Set.of("bad", "good"), (entry, arguments) -> {
            entry.setValue("v");
            return "done";
        });

        assertThat(results.get("good").get()).isEqualTo("done");
        assertRoot(() -> results.get("bad").get(), failure);
        assertThat(cache.containsKey("bad")).isFalse();
    }

    private static class Policy implements ExpiryPolicy {
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
    }

    // --- closing

    private static final class BadPolicy extends Policy implements AutoCloseable {
        private final Supplier<Throwable> failure;

        BadPolicy(Supplier<Throwable> failure) {
            this.failure = failure;
        }

        @Override
        public void close() {
            throw UserErrorsTest.<RuntimeException>thrown(failure);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void what_cannot_be_closed_keeps_nothing_else_open(Supplier<Throwable> failure) throws Exception {
        AtomicInteger closed = new AtomicInteger();
        for (String name : List.of("bad1", "bad2")) {
            manager.createCache(
                    name,
                    strings()
                            .setStatisticsEnabled(true)
                            .setExpiryPolicyFactory(() -> new BadPolicy(failure))
                            .setCacheWriterFactory(() -> new Writer(failure) {
                                @Override
                                public void close() {
                                    closed.incrementAndGet();
                                    throw UserErrorsTest.<RuntimeException>thrown(failure);
                                }
                            }));
        }
        Cache<String, String> good =
                manager.createCache("good", strings().setStatisticsEnabled(true).setManagementEnabled(true));
        CacheManager other = provider.getCacheManager(
                URI.create("distcache:embedded/errors2"), getClass().getClassLoader());
        good.put("k", "v");

        Throwable thrown = catchThrowable(provider::close);

        if (failure.get() instanceof VirtualMachineError) {
            assertThat(thrown).isExactlyInstanceOf(failure.get().getClass());
        } else {
            assertThat(thrown).isNull();
        }
        assertThat(closed).hasValue(2);
        assertThat(good.isClosed()).isTrue();
        assertThat(manager.isClosed()).isTrue();
        assertThat(other.isClosed()).isTrue();
        assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("javax.cache:*"), null))
                .isEmpty();
        assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("io.distcache:*"), null))
                .isEmpty();
        CacheManager again = provider.getCacheManager(
                URI.create("distcache:embedded/errors"), getClass().getClassLoader());
        assertThat(again).isNotSameAs(manager);
        // The node was this process's own, and went with its last manager.
        assertThat(again.<String, String>getCache("good", String.class, String.class))
                .isNull();
        again.close();
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_cache_whose_objects_cannot_be_closed_is_destroyed(Supplier<Throwable> failure) {
        manager.createCache("c", strings().setExpiryPolicyFactory(() -> new BadPolicy(failure)));

        Throwable thrown = catchThrowable(() -> manager.destroyCache("c"));

        assertThat(thrown == null || thrown instanceof VirtualMachineError).isTrue();
        assertThat(manager.<String, String>getCache("c")).isNull();
        manager.createCache("c", strings().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    }
}
