package io.distcache.client;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache by the verbs that people know from Redis and memcached. The same entries are there for JCache, under the cache's
 * name, and for clients of Redis and memcached, if the cache is theirs. Thread-safe.
 *
 * <p><b>Keys and values</b> are objects: text, all integers, doubles, booleans, bytes, dates, lists, sets, maps, records, beans, and values
 * also null. They come back as they were stored: 1 and 1L differ, as keys too. What is returned as {@code V} is what was stored; the caller
 * names the type, and a wrong one is a ClassCastException at the caller. Records and beans are made only if their class is asked for
 * ({@link #get(Object, Class)}) or allowed ({@link ClientConfig#allow}). The greatest value is bounded by the node ({@code
 * server.max-frame-bytes}, into which by default 64 MiB fit); a greater one is refused before anything is sent. For great ones mind {@link
 * ClientConfig#callTimeout}.
 *
 * <p><b>Time to live.</b> {@code ttl} is from now, in milliseconds at least; without one, the cache's own rule holds, which for a cache made
 * here is that entries stay. An entry that is stored anew without ttl keeps no deadline it had, as in Redis, unless the cache has a rule
 * for that.
 *
 * <p><b>Once.</b> Changes that depend on what is there ({@code add}, {@code replace}, {@code cas}, {@code delete}, {@code append}, {@code
 * prepend}, {@code increment}, {@code decrement}, {@code expire} and their like) are made exactly once: if the connection is lost or the node
 * is killed, they are sent again, and the node knows whether it has made them. An {@link IndeterminateException} is left for when the time
 * of a call ({@link ClientConfig#callTimeout}) is over first. {@code set}, {@code getAndSet}, {@code getAndDelete} and the changes of many
 * entries are not repeated.
 *
 * <p>All methods throw {@link UnreachableException} if nothing was applied, {@link IndeterminateException} if that is not known, {@link
 * OverloadedException} if too much is in flight or the node is full, {@link NoSuchCacheException} if the cache was destroyed, {@link
 * RequestRefusedException} if the node refuses, IllegalStateException if the client is closed, or on its event loop, where nothing may
 * wait; NullPointerException for null keys, {@link NotEncodableException} for objects that cannot be stored, and {@link
 * UndecodableValueException} for stored ones whose class has changed. A call ends at the latest when {@link ClientConfig#callTimeout} has
 * passed; interrupting the calling thread does not end the wait, and its flag is set again when the call returns.
 */
@SuppressWarnings("TypeParameterUnusedInFormals") // the caller says what it stored
public interface Keyspace {

    /** What {@link #ttl} says of an entry that does not expire. */
    Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

    /** The value; null if there is no entry, or null is stored. Counts as an access. */
    <V> @Nullable V get(Object key);

    /** The value, whose class, and what its fields are of, may be made. Else as {@link #get(Object)}. */
    <V> @Nullable V get(Object key, Class<V> type);

    /** The values of those keys whose entries are there, in the keys' order; one round trip to each node for each {@value io.distcache.client.spi.Batches#MAX_ENTRIES}. */
    <K, V> Map<K, @Nullable V> gets(Collection<K> keys);

    /** The value with its version; empty if there is no entry. */
    <V> Optional<Versioned<V>> getWithVersion(Object key);

    /** Stores a value, whatever is there. */
    void set(Object key, @Nullable Object value);

    /** Stores a value for a time, whatever is there. */
    void set(Object key, @Nullable Object value, Duration ttl);

    /** Stores a value for a time, or if {@code ttl} is null for as long as the cache's rule says; whether it was stored. */
    boolean set(Object key, @Nullable Object value, @Nullable Duration ttl, SetIf condition);

    /** Stores all, each for itself; one round trip to each node for each {@value io.distcache.client.spi.Batches#MAX_ENTRIES}. If it fails some may be stored. */
    void setMany(Map<?, ?> entries);

    /** Stores all for a time. */
    void setMany(Map<?, ?> entries, Duration ttl);

    /** Stores a value, a number as any other, if there is no entry; whether it did. To add to a number is {@link #increment(Object, long)}. */
    boolean add(Object key, @Nullable Object value);

    /** Stores a value for a time if there is no entry. */
    boolean add(Object key, @Nullable Object value, Duration ttl);

    /** Stores a value if there is an entry; whether it did. */
    boolean replace(Object key, @Nullable Object value);

    /** Stores a value for a time if there is an entry. */
    boolean replace(Object key, @Nullable Object value, Duration ttl);

    /** Stores a value if the entry has not changed since it had the version; whether it did. */
    boolean cas(Object key, @Nullable Object value, long version);

    /** Stores a value for a time if the entry has not changed since it had the version. */
    boolean cas(Object key, @Nullable Object value, long version, Duration ttl);

    /** Stores a value and returns the one before; null if there was none. */
    <V> @Nullable V getAndSet(Object key, @Nullable Object value);

    /** Puts text or bytes behind the entry's text or bytes, or makes the entry of it; the length in bytes now. The deadline stays. */
    long append(Object key, Object piece);

    /** Puts text or bytes before the entry's; else as {@link #append}. */
    long prepend(Object key, Object piece);

    /** Removes the entry; whether it was there. */
    boolean delete(Object key);

    /** Removes entries, each for itself; how many were there. */
    long deleteMany(Collection<?> keys);

    /** Removes the entry and returns its value; null if there was none. */
    <V> @Nullable V getAndDelete(Object key);

    /** Adds 1; else as {@link #increment(Object, long)}. */
    long increment(Object key);

    /**
     * Adds to a whole number, which is 0 if there is no entry; the sum. Text that is a decimal number counts as one. The deadline stays.
     *
     * @throws RequestRefusedException BAD_REQUEST if the value is no whole number, or the sum does not fit 64 bits; nothing is changed
     */
    long increment(Object key, long by);

    /** Adds to a whole number; if there is no entry stores {@code initial} for a time instead (null: the cache's rule), and returns that. */
    long increment(Object key, long by, long initial, @Nullable Duration ttl);

    /** Subtracts 1; else as {@link #increment(Object)}. */
    long decrement(Object key);

    /** Subtracts; else as {@link #increment(Object, long)}. */
    long decrement(Object key, long by);

    /** Subtracts; else as {@link #increment(Object, long, long, Duration)}. */
    long decrement(Object key, long by, long initial, @Nullable Duration ttl);

    /** Adds to a number, which becomes a double; else as {@link #increment(Object, long)}. The sum must be finite. */
    double increment(Object key, double by);

    /** The same, with what a missing entry becomes, and for how long (null: the cache's rule). */
    double increment(Object key, double by, double initial, @Nullable Duration ttl);

    /** From now on the entry expires after {@code ttl}, at once if that is 0; whether it is there. */
    boolean expire(Object key, Duration ttl);

    /** How long the entry stays, {@link #FOREVER} if it does not expire; empty if there is no entry. */
    Optional<Duration> ttl(Object key);

    /** The entry no longer expires; whether it is there and would have. */
    boolean persist(Object key);

    /** Counts as an access, as a get would, without the value; whether the entry is there. To set a time to live is {@link #expire}. */
    boolean touch(Object key);

    /** Whether the entry is there; no access. */
    boolean exists(Object key);

    /**
     * All entries, read page by page as the stream is consumed. One that is there throughout comes once. Of nodes that are down entries
     * are missing, or it throws, as the cache's {@link FailurePolicy} says.
     */
    <K, V> Stream<Map.Entry<K, V>> scan();

    /** The entries whose keys are text that the pattern matches: {@code * ? [a-c] [^a] \x}, as in Redis, and not empty. The nodes look for them. */
    <K, V> Stream<Map.Entry<K, V>> scan(String pattern);

    /** The entries whose keys are text that begins so. */
    <K, V> Stream<Map.Entry<K, V>> scanPrefix(String prefix);

    /** Like {@link #scan()}, in batches of at most {@code batch} entries, each of one round trip. Empty ones are left out. */
    <K, V> void scan(int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** Like {@link #scan(String)}, in batches. */
    <K, V> void scan(String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** Like {@link #scanPrefix(String)}, in batches. */
    <K, V> void scanPrefix(String prefix, int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** How many entries there are, expired ones not yet reclaimed included. */
    long size();

    /** Removes all entries, without events. */
    void clear();
}
