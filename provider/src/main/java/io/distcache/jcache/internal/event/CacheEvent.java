package io.distcache.jcache.internal.event;

import io.distcache.client.DistCacheException;
import io.distcache.client.spi.codec.Codec;
import io.distcache.protocol.Bytes;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * An event as listeners see it. The value of REMOVED and EXPIRED is the old one, where it is known. Bytes become objects when a listener
 * asks for them, so that one whose class is not allowed here, or has changed, fails that listener and no other. Thread-safe.
 */
final class CacheEvent<K, V> extends CacheEntryEvent<K, V> {
    private static final long serialVersionUID = 1L;

    private final transient Lazy key;
    private final transient Lazy value;
    private final transient Lazy oldValue;

    CacheEvent(
            Cache<K, V> source,
            EventType type,
            Codec keys,
            Codec values,
            Bytes key,
            @Nullable Bytes value,
            @Nullable Bytes oldValue) {
        super(source, type);
        this.key = new Lazy(keys, key);
        this.oldValue = new Lazy(values, oldValue);
        this.value = value == null ? this.oldValue : new Lazy(values, value);
    }

    /** An object of which there are only the bytes until it is asked for. Thread-safe. */
    private static final class Lazy {
        private final Codec codec;
        private final @Nullable Bytes bytes;
        private @Nullable Object object;

        Lazy(Codec codec, @Nullable Bytes bytes) {
            this.codec = codec;
            this.bytes = bytes;
        }

        /** The object, or null if there are no bytes. Fails as the cache's own methods do. */
        synchronized @Nullable Object get() {
            if (object == null && bytes != null) {
                try {
                    object = codec.decodeDeclared(bytes);
                } catch (DistCacheException e) {
                    throw new CacheException(e.getMessage(), e);
                }
            }
            return object;
        }
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // keys of this cache were encoded as K, and an event has one
    public K getKey() {
        return (K) key.get();
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // encoded as V; the standard says null where there is none
    public V getValue() {
        return (V) value.get();
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // encoded as V; the standard says null where there is none
    public V getOldValue() {
        return (V) oldValue.get();
    }

    @Override
    public boolean isOldValueAvailable() {
        return oldValue.bytes != null;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new IllegalArgumentException("cannot unwrap an event to " + type);
    }

    @Override
    public String toString() {
        try {
            return getEventType() + " " + key.get();
        } catch (CacheException e) {
            return getEventType() + " of a key that cannot be read here";
        }
    }
}
