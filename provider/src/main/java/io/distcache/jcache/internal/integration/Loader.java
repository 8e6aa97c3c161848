package io.distcache.jcache.internal.integration;

import java.util.HashMap;
import java.util.Map;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import org.jspecify.annotations.Nullable;

/** A cache loader whose failures are {@link CacheLoaderException}s. Thread-safe as far as the loader is. */
public final class Loader<K, V> {
    private final CacheLoader<K, V> loader;

    public Loader(CacheLoader<K, V> loader) {
        this.loader = loader;
    }

    /** The user's object, to be closed with the cache. */
    public CacheLoader<K, V> target() {
        return loader;
    }

    /** Loads one value; null if there is none. */
    public @Nullable V load(K key) {
        try {
            return loader.load(key);
        } catch (CacheLoaderException e) {
            throw e;
        } catch (Exception e) {
            throw new CacheLoaderException("the cache loader failed for a key of " + key.getClass(), e);
        }
    }

    /** Loads many values; a copy of what the loader returned, without nulls. */
    public Map<K, V> loadAll(Iterable<? extends K> keys) {
        Map<K, V> found = new HashMap<>();
        try {
            Map<K, V> loaded = loader.loadAll(keys);
            if (loaded != null) {
                for (Map.Entry<K, V> entry : loaded.entrySet()) {
                    if (entry.getKey() != null && entry.getValue() != null) {
                        found.put(entry.getKey(), entry.getValue());
                    }
                }
            }
        } catch (CacheLoaderException e) {
            throw e;
        } catch (Exception e) {
            throw new CacheLoaderException("the cache loader failed", e);
        }
        return found;
    }
}
