package io.distcache.jcache.internal;

import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.internal.event.Registration;
import io.distcache.jcache.internal.integration.Loader;
import io.distcache.jcache.internal.integration.Writer;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.jcache.internal.user.UserFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;

/**
 * What the factories of a cache's configuration make. They are asked before anything else of the cache exists, so that one that fails
 * leaves nothing behind; what they made is closed with the cache, once. Thread-safe.
 */
final class UserObjects<K, V> {
    private final String cache;
    private final ExpiryPolicy expiry;
    private final @Nullable Loader<K, V> loader;
    private final @Nullable Writer<K, V> writer;
    private final List<Registration<K, V>> listeners;
    private final AtomicBoolean closed = new AtomicBoolean();

    private UserObjects(
            String cache,
            ExpiryPolicy expiry,
            @Nullable Loader<K, V> loader,
            @Nullable Writer<K, V> writer,
            List<Registration<K, V>> listeners) {
        this.cache = cache;
        this.expiry = expiry;
        this.loader = loader;
        this.writer = writer;
        this.listeners = listeners;
    }

    /** Asks all factories. If one throws or gives null, what the others made is closed, and this throws. */
    static <K, V> UserObjects<K, V> make(String cache, DistCacheConfiguration<K, V> configuration) {
        List<Object> made = new ArrayList<>();
        List<Registration<K, V>> listeners = new ArrayList<>();
        try {
            ExpiryPolicy expiry = UserFactory.make(configuration.getExpiryPolicyFactory(), "ExpiryPolicy", cache);
            made.add(expiry);
            Factory<CacheLoader<K, V>> loaders = configuration.getCacheLoaderFactory();
            Loader<K, V> loader = null;
            if (loaders != null) {
                loader = new Loader<>(UserFactory.make(loaders, "CacheLoader", cache));
                made.add(loader.target());
            }
            Factory<CacheWriter<? super K, ? super V>> writers = configuration.getCacheWriterFactory();
            Writer<K, V> writer = null;
            if (writers != null) {
                writer = new Writer<K, V>(UserFactory.make(writers, "CacheWriter", cache));
                made.add(writer.target());
            }
            for (CacheEntryListenerConfiguration<K, V> listener : configuration.getCacheEntryListenerConfigurations()) {
                listeners.add(Registration.make(listener, cache));
            }
            return new UserObjects<>(cache, expiry, loader, writer, List.copyOf(listeners));
        } catch (Throwable e) {
            Closing closing = new Closing();
            made.forEach(object -> closing.thenUsers(object, cache));
            listeners.forEach(listener -> listener.close(closing));
            closing.endBecauseOf(e);
            throw e;
        }
    }

    /** Of a cache that another process configured: only its expiry is known here. */
    static UserObjects<Object, Object> none(String cache, ExpiryPolicy expiry) {
        return new UserObjects<>(cache, expiry, null, null, List.of());
    }

    ExpiryPolicy expiry() {
        return expiry;
    }

    @Nullable
    Loader<K, V> loader() {
        return loader;
    }

    @Nullable
    Writer<K, V> writer() {
        return writer;
    }

    List<Registration<K, V>> listeners() {
        return listeners;
    }

    /** Closes them, if that has not been done. */
    void close(Closing closing) {
        if (closed.compareAndSet(false, true)) {
            closing.thenUsers(loader == null ? null : loader.target(), cache)
                    .thenUsers(writer == null ? null : writer.target(), cache)
                    .thenUsers(expiry, cache);
            listeners.forEach(listener -> listener.close(closing));
        }
    }
}
