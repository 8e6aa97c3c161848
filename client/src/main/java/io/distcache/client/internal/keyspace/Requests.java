package io.distcache.client.internal.keyspace;

import io.distcache.client.Keyspace;
import io.distcache.client.SetIf;
import io.distcache.client.Versioned;
import io.distcache.client.spi.Batches;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Each method of a {@code Keyspace} as a command and what becomes of its reply, for one open cache. Thread-safe. */
final class Requests {

    final RemoteCache remote;
    private final Values values;
    /** What an entry gets that is stored without a ttl. */
    private final long noTtl;

    Requests(RemoteCache remote, Values values) {
        this.remote = remote;
        this.values = values;
        // Without a rule of the cache's, as in Redis: an entry stored anew keeps no deadline that the old one had.
        this.noTtl = remote.definition().expiry().equals(CacheDefinition.Expiry.ETERNAL) ? Ttl.ETERNAL : Ttl.DEFINED;
    }

    // --- reading ---

    <V> Request<@Nullable V> get(Object key) {
        return read(new Command.Get(remote.handle(), values.key(key)));
    }

    <V> Request<@Nullable V> get(Object key, Class<V> type) {
        Objects.requireNonNull(type, "type");
        return new Request<>(
                new Command.Get(remote.handle(), values.key(key)),
                false,
                reply -> reply instanceof Reply.Value value ? values.object(value.value(), type) : null);
    }

    private <V> Request<@Nullable V> read(Command command) {
        return new Request<>(
                command, false, reply -> reply instanceof Reply.Value value ? values.object(value.value()) : null);
    }

    <V> Request<Optional<Versioned<V>>> getWithVersion(Object key) {
        return new Request<>(
                new Command.Get(remote.handle(), values.key(key)),
                false,
                reply -> reply instanceof Reply.Value value
                        ? Optional.of(new Versioned<>(values.<V>object(value.value()), value.version()))
                        : Optional.empty());
    }

    /** The keys as the node knows them, each once, with the caller's. */
    <K> Map<Bytes, K> keys(Collection<K> keys) {
        Map<Bytes, K> encoded = new LinkedHashMap<>();
        for (K key : keys) {
            encoded.putIfAbsent(values.key(Objects.requireNonNull(key, "key")), key);
        }
        return encoded;
    }

    Command getAll(List<Bytes> keys) {
        return new Command.GetAll(remote.handle(), keys);
    }

    /** Adds what is there of the keys asked for. */
    <K, V> void found(List<Bytes> asked, Reply reply, Map<Bytes, K> keys, Map<K, @Nullable V> into) {
        List<Reply> replies = ((Reply.Many) reply).replies();
        for (int i = 0; i < asked.size(); i++) {
            K key = keys.get(asked.get(i));
            if (replies.get(i) instanceof Reply.Value value && key != null) {
                into.put(key, values.object(value.value()));
            }
        }
    }

    Request<Boolean> exists(Object key) {
        return new Request<>(
                new Command.Contains(remote.handle(), values.key(key)),
                false,
                reply -> ((Reply.Count) reply).value() > 0);
    }

    Request<Optional<Duration>> ttl(Object key) {
        return new Request<>(new Command.TtlOf(remote.handle(), values.key(key)), false, reply -> {
            long millis = ((Reply.Count) reply).value();
            if (millis == -2) {
                return Optional.empty();
            }
            return Optional.of(millis < 0 ? Keyspace.FOREVER : Duration.ofMillis(millis));
        });
    }

    Request<Long> size() {
        return new Request<>(new Command.Size(remote.handle()), false, reply -> ((Reply.Count) reply).value());
    }

    // --- storing ---

    Request<@Nullable Void> set(Object key, @Nullable Object value, @Nullable Duration ttl) {
        return new Request<>(put(key, value, Condition.ALWAYS, ttl, false), false, reply -> null);
    }

    Request<Boolean> set(Object key, @Nullable Object value, @Nullable Duration ttl, SetIf condition) {
        Condition holds = switch (condition) {
            case ALWAYS -> Condition.ALWAYS;
            case ABSENT -> Condition.ABSENT;
            case PRESENT -> Condition.PRESENT;
        };
        return new Request<>(put(key, value, holds, ttl, false), condition != SetIf.ALWAYS, Requests::isApplied);
    }

    Request<Boolean> cas(Object key, @Nullable Object value, long version, @Nullable Duration ttl) {
        return new Request<>(put(key, value, Condition.versionIs(version), ttl, false), true, Requests::isApplied);
    }

    <V> Request<@Nullable V> getAndSet(Object key, @Nullable Object value) {
        return new Request<>(
                put(key, value, Condition.ALWAYS, null, true),
                false,
                reply -> values.object(((Reply.Changed) reply).old()));
    }

    private Command.Put put(
            Object key, @Nullable Object value, Condition condition, @Nullable Duration ttl, boolean returnOld) {
        return new Command.Put(
                remote.handle(), values.key(key), values.value(value), condition, storedTtl(ttl), returnOld);
    }

    /** The commands that store all. */
    List<Command> setMany(Map<?, ?> entries, @Nullable Duration ttl) {
        long millis = storedTtl(ttl);
        List<Command.Pair> pairs = new ArrayList<>(entries.size());
        entries.forEach((key, value) -> pairs.add(new Command.Pair(values.key(key), values.value(value))));
        return Batches.ofPairs(pairs).stream()
                .<Command>map(batch -> new Command.PutAll(remote.handle(), batch, false, millis))
                .toList();
    }

    Request<Long> append(Object key, Object piece, boolean front) {
        Objects.requireNonNull(piece, "piece");
        Bytes bytes = values.value(piece);
        byte tag = bytes.get(0);
        if (tag != ValueTag.TEXT && tag != ValueTag.BYTES) {
            throw new IllegalArgumentException("only text and bytes can be appended, not a "
                    + piece.getClass().getName());
        }
        return new Request<>(
                new Command.Append(remote.handle(), values.key(key), bytes, front),
                true,
                reply -> ((Reply.Count) reply).value());
    }

    // --- removing ---

    Request<Boolean> delete(Object key) {
        return new Request<>(
                new Command.Remove(remote.handle(), values.key(key), Condition.ALWAYS, false),
                true,
                Requests::isApplied);
    }

    <V> Request<@Nullable V> getAndDelete(Object key) {
        return new Request<>(
                new Command.Remove(remote.handle(), values.key(key), Condition.ALWAYS, true),
                false,
                reply -> values.object(((Reply.Changed) reply).old()));
    }

    /** The commands that remove all. */
    List<Command> deleteMany(Collection<?> keys) {
        List<Bytes> encoded = List.copyOf(keys(keys).keySet());
        List<Command> commands = new ArrayList<>();
        for (List<Bytes> batch : batches(encoded)) {
            commands.add(new Command.RemoveAll(remote.handle(), batch));
        }
        return commands;
    }

    Request<@Nullable Void> clear() {
        return new Request<>(new Command.Clear(remote.handle()), false, reply -> null);
    }

    static List<List<Bytes>> batches(List<Bytes> keys) {
        List<List<Bytes>> batches = new ArrayList<>();
        for (int from = 0; from < keys.size(); from += Batches.MAX_ENTRIES) {
            batches.add(keys.subList(from, Math.min(from + Batches.MAX_ENTRIES, keys.size())));
        }
        return batches;
    }

    // --- numbers ---

    Request<Long> increment(Object key, long by, long initial, @Nullable Duration ttl) {
        return new Request<>(
                new Command.Add(
                        remote.handle(), values.key(key), values.value(by), values.value(initial), storedTtl(ttl)),
                true,
                reply -> whole(((Reply.Value) reply).value()));
    }

    Request<Double> increment(Object key, double by, double initial, @Nullable Duration ttl) {
        if (!Double.isFinite(by) || !Double.isFinite(initial)) {
            throw new IllegalArgumentException("only finite numbers can be added, not " + by + " or " + initial);
        }
        return new Request<>(
                new Command.Add(
                        remote.handle(), values.key(key), values.value(by), values.value(initial), storedTtl(ttl)),
                true,
                reply -> ((Reply.Value) reply).value().get(0) == ValueTag.DOUBLE
                        ? buffer((Reply.Value) reply).getDouble()
                        : (double) whole(((Reply.Value) reply).value()));
    }

    private static ByteBuffer buffer(Reply.Value reply) {
        Bytes value = reply.value();
        return ByteBuffer.wrap(value.array(), value.offset() + 1, value.length() - 1);
    }

    private static long whole(Bytes value) {
        long number = value.get(1);
        for (int i = 2; i < value.length(); i++) {
            number = number << 8 | (value.get(i) & 0xff);
        }
        return number;
    }

    // --- deadlines ---

    Request<Boolean> expire(Object key, Duration ttl) {
        Objects.requireNonNull(ttl, "ttl");
        if (ttl.isNegative()) {
            throw new IllegalArgumentException("the ttl is " + ttl + "; it must not be negative");
        }
        return expire(key, ttl.isZero() ? Ttl.NOW : millis(ttl), Command.DeadlineIs.ANY);
    }

    Request<Boolean> persist(Object key) {
        return expire(key, Ttl.ETERNAL, Command.DeadlineIs.SOME);
    }

    Request<Boolean> touch(Object key) {
        return expire(key, Ttl.DEFINED, Command.DeadlineIs.ANY);
    }

    private Request<Boolean> expire(Object key, long ttlMillis, Command.DeadlineIs when) {
        return new Request<>(
                new Command.Expire(remote.handle(), values.key(key), ttlMillis, when), true, Requests::isApplied);
    }

    static Duration requireTtl(Duration ttl) {
        return Objects.requireNonNull(ttl, "ttl");
    }

    /** What to add to subtract; there is no such number for the least one. */
    static long negated(long by) {
        if (by == Long.MIN_VALUE) {
            throw new IllegalArgumentException("cannot subtract " + by + ", whose opposite does not fit 64 bits");
        }
        return -by;
    }

    private long storedTtl(@Nullable Duration ttl) {
        if (ttl == null) {
            return noTtl;
        }
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("the ttl is " + ttl + "; it must be over 0");
        }
        return millis(ttl);
    }

    /** At least 1, and never so much that it would mean something else. */
    private static long millis(Duration ttl) {
        long longest = Ttl.ETERNAL - 1;
        if (ttl.compareTo(Keyspace.FOREVER) >= 0) {
            return Ttl.ETERNAL;
        }
        return Math.max(1, Math.min(longest, ttl.toMillis()));
    }

    // --- scans ---

    /** The text that a prefix is as a pattern. */
    static String ofPrefix(String prefix) {
        return prefix.replaceAll("([*?\\[\\]\\\\^])", "\\\\$1") + "*";
    }

    /** An empty one would match no key but the empty text; to nodes it means all entries. */
    static String requirePattern(String pattern) {
        if (pattern.isEmpty()) {
            throw new IllegalArgumentException("the pattern is empty; scan without one to get all entries");
        }
        return pattern;
    }

    static int requireBatch(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("a batch of " + batch + " entries; use at least 1");
        }
        return batch;
    }

    RemoteCache.Pages pages(@Nullable String pattern, int batch) {
        return remote.pages(batch, false, pattern == null ? Bytes.EMPTY : Bytes.ofUtf8(pattern));
    }

    <K, V> List<Map.Entry<K, V>> entries(List<Reply.Item> items) {
        List<Map.Entry<K, V>> entries = new ArrayList<>(items.size());
        for (Reply.Item item : items) {
            @SuppressWarnings("NullAway") // Map.Entry's value may be null
            Map.Entry<K, V> entry =
                    new SimpleImmutableEntry<>(values.<K>keyObject(item.key()), values.<V>object(item.value()));
            entries.add(entry);
        }
        return entries;
    }

    private static boolean isApplied(Reply reply) {
        return ((Reply.Changed) reply).applied();
    }
}
