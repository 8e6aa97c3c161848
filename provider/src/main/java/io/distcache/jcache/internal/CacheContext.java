package io.distcache.jcache.internal;

import io.distcache.client.DistCacheException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.codec.Codec;
import io.distcache.jcache.internal.event.EventHub;
import io.distcache.jcache.internal.expiry.ExpiryTtls;
import io.distcache.jcache.internal.integration.Loader;
import io.distcache.jcache.internal.integration.Writer;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.jcache.internal.processor.LeasedEntries;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What the operations of one cache share. Thread-safe.
 *
 * @param loader for read-through and loadAll; null if none is configured
 * @param readThrough whether a miss is loaded
 * @param writer for write-through; null without it
 */
record CacheContext<K, V>(
        String name,
        RemoteCache remote,
        EventHub<K, V> events,
        Codec keys,
        Codec values,
        ExpiryTtls expiry,
        Statistics statistics,
        @Nullable Loader<K, V> loader,
        boolean readThrough,
        @Nullable Writer<K, V> writer)
        implements LeasedEntries.Calls {

    int handle() {
        return remote.handle();
    }

    /** Sends a command and waits for its reply and for what synchronous listeners it caused. */
    @Override
    public Reply call(Command command) {
        try {
            return events.call(command);
        } catch (DistCacheException e) {
            throw translated(e);
        }
    }

    @Override
    public CompletionStage<Reply> send(Command command) {
        try {
            return events.send(command);
        } catch (DistCacheException e) {
            throw translated(e);
        }
    }

    @Override
    public Reply await(CompletionStage<Reply> sent) {
        try {
            return sent.toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof DistCacheException cause) {
                throw translated(cause);
            }
            throw e;
        }
    }

    /** The entries of the cache in pages; see {@link RemoteCache#pages}. */
    RemoteCache.Pages pages(int maxEntries, boolean keysOnly) {
        RemoteCache.Pages pages = remote.pages(maxEntries, keysOnly, Bytes.EMPTY);
        return () -> {
            try {
                return pages.next();
            } catch (DistCacheException e) {
                throw translated(e);
            }
        };
    }

    RuntimeException translated(DistCacheException e) {
        if (e instanceof NoSuchCacheException) {
            return new IllegalStateException("cache " + name + " was destroyed", e);
        }
        return new CacheException("cache " + name + ": " + e.getMessage(), e);
    }

    /**
     * The bytes of a key.
     *
     * @throws CacheException if it cannot be stored
     */
    Bytes key(K key) {
        try {
            return keys.encodeKey(key);
        } catch (DistCacheException e) {
            throw ofObject(e);
        }
    }

    /**
     * The bytes of a value.
     *
     * @throws CacheException if it cannot be stored
     * @throws ClassCastException if it is not of the cache's type, as one that was loaded may be
     */
    Bytes value(V value) {
        values.requireDeclared(value);
        try {
            return values.encode(value);
        } catch (DistCacheException e) {
            throw ofObject(e);
        }
    }

    /**
     * The bytes of a key that the application's code gave in the place of one that it was asked for.
     *
     * @throws CacheException if it cannot be stored
     * @throws ClassCastException if it is not of the cache's type
     */
    Bytes loadedKey(K key) {
        keys.requireDeclared(key);
        return key(key);
    }

    /**
     * The object of a stored key.
     *
     * @throws CacheException if there is none, or none is allowed
     * @throws ClassCastException if it is not of the cache's type
     */
    @SuppressWarnings("unchecked") // keys of this cache were encoded as K
    K keyObject(Bytes key) {
        try {
            return (K) keys.decodeDeclared(key);
        } catch (DistCacheException e) {
            throw ofObject(e);
        }
    }

    /**
     * The object of a stored value, or null if it can no longer be decoded, which counts as a miss.
     *
     * @throws CacheException if its class is not allowed, or is as it was and cannot be used here
     * @throws ClassCastException if it is not of the cache's type
     */
    @SuppressWarnings("unchecked") // values of this cache were encoded as V
    @Nullable
    V object(@Nullable Bytes value) {
        if (value == null) {
            return null;
        }
        try {
            return (V) values.decodeDeclared(value);
        } catch (UndecodableValueException e) {
            statistics.undecodable();
            ChangedClasses.warn(name, e);
            return null;
        } catch (DistCacheException e) {
            throw ofObject(e);
        }
    }

    /** Says what the codec says: it is about an object, which the caller has, and not about this cache. */
    private static CacheException ofObject(DistCacheException e) {
        return new CacheException(e.getMessage(), e);
    }

    /** Tells the node of an access, where the expiry policy is user code. */
    void accessed(Bytes key, long version) {
        long ttl = expiry.forAccess();
        if (ttl != Ttl.UNCHANGED) {
            CompletionStage<Reply> unused =
                    send(new Command.TouchAll(handle(), List.of(new Command.Touch(key, version, ttl))));
        }
    }
}
