package io.distcache.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A tour of JCache on DistCache. Runs against the node that the system property {@code distcache.uri} or the environment
 * variable {@code DISTCACHE_URI} names; says what it does and compares what it sees with what it should. Exit code 0 only if all
 * was as it should.
 */
public final class QuickStart {
    private static final int THREADS = 8;
    private static final int INCREMENTS_PER_THREAD = 250;
    private static final int EXPIRY_MILLIS = 1000;
    private static final int EVENT_LIMIT_SECONDS = 10;

    private int checked;
    private int wrong;

    private QuickStart() {}

    /** Runs the tour and exits with its code. */
    public static void main(String[] args) {
        System.exit(new QuickStart().run());
    }

    private int run() {
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
            System.out.println(
                    "JCache provider " + manager.getCachingProvider().getClass().getName() + " on " + manager.getURI());
            Cache<String, String> books = create(manager, "books", String.class, Duration.ETERNAL);
            setGetOverwriteRemove(books);
            listen(books);
            manager.destroyCache("books");
            increments(create(manager, "counters", Long.class, Duration.ETERNAL));
            manager.destroyCache("counters");
            expiry(create(manager, "sessions", String.class, new Duration(TimeUnit.MILLISECONDS, EXPIRY_MILLIS)));
            manager.destroyCache("sessions");
        } catch (CacheException | ExecutionException e) {
            System.out.println("FAILED: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
        System.out.println();
        System.out.println(
                wrong == 0
                        ? "All " + checked + " answers were as they should."
                        : "FAILED: " + wrong + " of " + checked + " answers were wrong.");
        return wrong == 0 ? 0 : 1;
    }

    /** A new and empty cache, also if an earlier run was cut off. */
    private static <V> Cache<String, V> create(
            CacheManager manager, String name, Class<V> valueType, Duration timeToLive) {
        manager.destroyCache(name);
        return manager.createCache(
                name,
                new MutableConfiguration<String, V>()
                        .setTypes(String.class, valueType)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(timeToLive)));
    }

    private void setGetOverwriteRemove(Cache<String, String> books) {
        title("Set, get, overwrite, remove");
        books.put("sicp", "Abelson and Sussman");
        check("after put, get finds", "Abelson and Sussman", books.get("sicp"));
        check("putIfAbsent on a present key does", false, books.putIfAbsent("sicp", "somebody else"));
        check("getAndPut overwrites and returns", "Abelson and Sussman", books.getAndPut("sicp", "Abelson, Sussman^2"));
        check("get now finds", "Abelson, Sussman^2", books.get("sicp"));
        check(
                "replace of a value that is no longer there does",
                false,
                books.replace("sicp", "Abelson and Sussman", "x"));
        check("remove says", true, books.remove("sicp"));
        check("get then finds", null, books.get("sicp"));
    }

    private void listen(Cache<String, String> books) throws InterruptedException {
        title("An event listener");
        Listener<String> heard = new Listener<>();
        books.registerCacheEntryListener(heard.configuration());
        books.put("taocp", "Knuth");
        books.put("taocp", "Donald E. Knuth");
        books.remove("taocp");
        check("the put was heard as", "CREATED taocp=Knuth", heard.next());
        check("the second put was heard as", "UPDATED taocp=Donald E. Knuth, was Knuth", heard.next());
        check("the remove was heard as", "REMOVED taocp, was Donald E. Knuth", heard.next());
    }

    /** JCache promises that an entry processor is exclusive per entry: no increment may be lost. */
    private void increments(Cache<String, Long> counters) throws InterruptedException, ExecutionException {
        title(THREADS + " threads, each " + INCREMENTS_PER_THREAD + " increments of one counter by entry processor");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                running.add(threads.submit(() -> {
                    for (int i = 0; i < INCREMENTS_PER_THREAD; i++) {
                        increment(counters);
                    }
                }));
            }
            for (Future<?> thread : running) {
                thread.get();
            }
        } finally {
            threads.shutdown();
        }
        check("the counter is", (long) THREADS * INCREMENTS_PER_THREAD, counters.get("visits"));
    }

    private static void increment(Cache<String, Long> counters) {
        counters.invoke("visits", (entry, arguments) -> {
            entry.setValue(entry.exists() ? entry.getValue() + 1 : 1L);
            return null;
        });
    }

    private void expiry(Cache<String, String> sessions) throws InterruptedException {
        title("Expiry after " + EXPIRY_MILLIS + " ms");
        Listener<String> heard = new Listener<>();
        sessions.registerCacheEntryListener(heard.configuration());
        sessions.put("s1", "ada");
        check("at once, get finds", "ada", sessions.get("s1"));
        check("the put was heard as", "CREATED s1=ada", heard.next());
        check("nobody reads, and yet the end was heard as", "EXPIRED s1, was ada", heard.next());
        check("get then finds", null, sessions.get("s1"));
    }

    private static void title(String text) {
        System.out.println();
        System.out.println(text);
    }

    private void check(String what, @Nullable Object expected, @Nullable Object seen) {
        checked++;
        System.out.println("  " + what + ": " + inWords(seen));
        if (!Objects.equals(expected, seen)) {
            wrong++;
            System.out.println("  WRONG: it should be: " + inWords(expected));
        }
    }

    private static String inWords(@Nullable Object value) {
        if (value == null) {
            return "nothing";
        }
        if (value instanceof Boolean done) {
            return done ? "done" : "nothing";
        }
        return value.toString();
    }

    /** Writes down what it hears. Thread-safe. */
    private static final class Listener<V>
            implements CacheEntryCreatedListener<String, V>,
                    CacheEntryUpdatedListener<String, V>,
                    CacheEntryRemovedListener<String, V>,
                    CacheEntryExpiredListener<String, V> {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        /** Synchronous, so that a call returns after its events were heard; with old values. */
        MutableCacheEntryListenerConfiguration<String, V> configuration() {
            Factory<Listener<V>> itself = () -> this;
            return new MutableCacheEntryListenerConfiguration<>(itself, null, true, true);
        }

        @Nullable
        String next() throws InterruptedException {
            return heard.poll(EVENT_LIMIT_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends V>> events) {
            events.forEach(e -> heard.add(e.getEventType() + " " + e.getKey() + "=" + e.getValue()));
        }

        @Override
        public void onUpdated(Iterable<CacheEntryEvent<? extends String, ? extends V>> events) {
            events.forEach(e ->
                    heard.add(e.getEventType() + " " + e.getKey() + "=" + e.getValue() + ", was " + e.getOldValue()));
        }

        @Override
        public void onRemoved(Iterable<CacheEntryEvent<? extends String, ? extends V>> events) {
            gone(events);
        }

        @Override
        public void onExpired(Iterable<CacheEntryEvent<? extends String, ? extends V>> events) {
            gone(events);
        }

        private void gone(Iterable<CacheEntryEvent<? extends String, ? extends V>> events) {
            events.forEach(e -> heard.add(e.getEventType() + " " + e.getKey() + ", was " + e.getOldValue()));
        }
    }
}
