package io.distcache.testing;

import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.jcache.ComputingCache;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;

/** What a web application does that {@link RedeployingServer} deploys: a little of everything, with classes of its own everywhere. */
public final class RedeployedApplication {
    private RedeployedApplication() {}

    /** A value that has a portable form. */
    public record Book(String title, List<Author> authors) {}

    /** A value that has none. */
    public static final class Author implements Serializable {
        private static final long serialVersionUID = 1;

        private final String name;

        public Author(String name) {
            this.name = name;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Author author && author.name.equals(name);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(name);
        }
    }

    /** A key. */
    public record Isbn(String text) {}

    /** Hears of everything. */
    public static final class Hearing implements CacheEntryCreatedListener<Isbn, Book>, Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends Isbn, ? extends Book>> events) {
            events.forEach(event -> Objects.requireNonNull(event.getValue()));
        }
    }

    /** Knows all books. */
    public static final class Library implements CacheLoader<Isbn, Book>, CacheWriter<Isbn, Book>, Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public Book load(Isbn key) {
            return new Book(key.text(), List.of(new Author("anonymous")));
        }

        @Override
        public Map<Isbn, Book> loadAll(Iterable<? extends Isbn> keys) {
            Map<Isbn, Book> all = new HashMap<>();
            keys.forEach(key -> all.put(key, load(key)));
            return all;
        }

        @Override
        public void write(Cache.Entry<? extends Isbn, ? extends Book> entry) {}

        @Override
        public void writeAll(Collection<Cache.Entry<? extends Isbn, ? extends Book>> entries) {
            entries.clear();
        }

        @Override
        public void delete(Object key) {}

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.clear();
        }
    }

    /** Code of the application that decides for how long. */
    public static final class HalfAnHour implements ExpiryPolicy, Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public Duration getExpiryForCreation() {
            return new Duration(TimeUnit.MINUTES, 30);
        }

        @Override
        public Duration getExpiryForAccess() {
            return new Duration(TimeUnit.MINUTES, 30);
        }

        @Override
        public Duration getExpiryForUpdate() {
            return new Duration(TimeUnit.MINUTES, 30);
        }
    }

    /**
     * Uses caches.
     *
     * @param end "provider", "manager" or "loader" for what is closed in the end; "nothing" if it is forgotten
     * @param tag makes names of caches that no other deployment has
     */
    public static void run(String uri, String end, String tag) throws Exception {
        ClassLoader loader = RedeployedApplication.class.getClassLoader();
        CacheManager manager = Caching.getCachingProvider().getCacheManager(URI.create(uri), loader);
        plain(manager, "plain" + tag);
        withUserCode(manager, "code" + tag);
        asynchronous(manager);
        switch (end) {
            case "provider" -> Caching.getCachingProvider().close();
            case "manager" -> manager.close();
            case "loader" -> Caching.getCachingProvider().close(loader);
            case "nothing" -> {}
            default -> throw new IllegalArgumentException(end);
        }
    }

    private static void plain(CacheManager manager, String name) {
        Cache<Isbn, Book> books = manager.createCache(
                name,
                new MutableConfiguration<Isbn, Book>()
                        .setTypes(Isbn.class, Book.class)
                        .setStatisticsEnabled(true)
                        .setManagementEnabled(true)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR))
                        .addCacheEntryListenerConfiguration(new MutableCacheEntryListenerConfiguration<>(
                                FactoryBuilder.factoryOf(Hearing.class), null, true, true)));
        Isbn key = new Isbn("1");
        Book book = new Book("SICP", List.of(new Author("Abelson"), new Author("Sussman")));
        books.put(key, book);
        check(book.equals(books.get(key)));
        List<Cache.Entry<Isbn, Book>> all = new ArrayList<>();
        Iterator<Cache.Entry<Isbn, Book>> entries = books.iterator();
        entries.forEachRemaining(all::add);
        check(all.size() == 1);
        Book other = new Book("HtDP", List.of());
        check(books.invoke(key, (entry, arguments) -> {
                    entry.setValue(other);
                    return entry.getValue();
                })
                != null);
        try {
            ComputingCache<Isbn, Book> computing = computing(books);
            Object unused = computing.getOrCompute(new Isbn("2"), () -> {
                throw new Failure();
            });
            throw new AssertionError("did not fail");
        } catch (Exception e) {
            check(e instanceof Failure || e.getCause() instanceof Failure);
        }
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        books.loadAll(Set.of(key), true, loaded);
    }

    @SuppressWarnings("unchecked") // it is the same cache
    private static ComputingCache<Isbn, Book> computing(Cache<Isbn, Book> books) {
        return books.unwrap(ComputingCache.class);
    }

    /** An exception of the application. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static void withUserCode(CacheManager manager, String name) throws Exception {
        Cache<Isbn, Book> books = manager.createCache(
                name,
                new MutableConfiguration<Isbn, Book>()
                        .setTypes(Isbn.class, Book.class)
                        .setReadThrough(true)
                        .setWriteThrough(true)
                        .setCacheLoaderFactory(FactoryBuilder.factoryOf(Library.class))
                        .setCacheWriterFactory(FactoryBuilder.factoryOf(Library.class))
                        .setExpiryPolicyFactory(FactoryBuilder.factoryOf(HalfAnHour.class))
                        .addCacheEntryListenerConfiguration(new MutableCacheEntryListenerConfiguration<>(
                                FactoryBuilder.factoryOf(Hearing.class), null, false, false)));
        check(books.get(new Isbn("3")) != null);
        books.put(new Isbn("4"), new Book("TAPL", List.of()));
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        books.loadAll(Set.of(new Isbn("5"), new Isbn("6")), true, loaded);
        loaded.get(10, TimeUnit.SECONDS);
    }

    private static void asynchronous(CacheManager manager) throws Exception {
        DistCacheClient client = manager.unwrap(DistCacheClient.class);
        client.addListener(new NodeListener() {});
        client.set("book", new Book("TAOCP", List.of()));
        Book again = client.async()
                .get("book", Book.class)
                .thenApply(book -> book)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        check(again.title().equals("TAOCP"));
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new AssertionError("not as expected");
        }
    }
}
