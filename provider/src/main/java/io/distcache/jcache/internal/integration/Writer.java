package io.distcache.jcache.internal.integration;

import java.util.Collection;
import javax.cache.Cache;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/** A cache writer whose failures are {@link CacheWriterException}s. Thread-safe as far as the writer is. */
public final class Writer<K, V> {
    private final CacheWriter<? super K, ? super V> writer;

    public Writer(CacheWriter<? super K, ? super V> writer) {
        this.writer = writer;
    }

    /** The user's object, to be closed with the cache. */
    public CacheWriter<? super K, ? super V> target() {
        return writer;
    }

    public void write(K key, V value) {
        try {
            writer.write(new WrittenEntry<>(key, value));
        } catch (CacheWriterException e) {
            throw e;
        } catch (Exception e) {
            throw new CacheWriterException("the cache writer failed to write a key of " + key.getClass(), e);
        }
    }

    public void delete(K key) {
        try {
            writer.delete(key);
        } catch (CacheWriterException e) {
            throw e;
        } catch (Exception e) {
            throw new CacheWriterException("the cache writer failed to delete a key of " + key.getClass(), e);
        }
    }

    /** Writes all; what went through is removed from {@code entries}. Returns the failure, which is to be thrown, or null. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the standard's wildcards cannot name the collection handed in
    public @Nullable Throwable writeAll(Collection<Cache.Entry<K, V>> entries) {
        try {
            writer.writeAll((Collection) entries);
            entries.clear();
            return null;
        } catch (CacheWriterException | Error e) {
            return e;
        } catch (Exception e) {
            return new CacheWriterException("the cache writer failed to write " + entries.size() + " entries", e);
        }
    }

    /** Deletes all; what went through is removed from {@code keys}. Returns the failure, which is to be thrown, or null. */
    public @Nullable Throwable deleteAll(Collection<K> keys) {
        try {
            writer.deleteAll(keys);
            keys.clear();
            return null;
        } catch (CacheWriterException | Error e) {
            return e;
        } catch (Exception e) {
            return new CacheWriterException("the cache writer failed to delete " + keys.size() + " keys", e);
        }
    }

    /** An entry as a writer sees it. */
    public record WrittenEntry<K, V>(K key, V value) implements Cache.Entry<K, V> {
        @Override
        public K getKey() {
            return key;
        }

        @Override
        public V getValue() {
            return value;
        }

        @Override
        public <T> T unwrap(Class<T> type) {
            if (type.isInstance(this)) {
                return type.cast(this);
            }
            throw new IllegalArgumentException("cannot unwrap an entry to " + type);
        }
    }
}
