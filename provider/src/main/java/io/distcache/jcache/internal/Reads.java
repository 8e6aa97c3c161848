package io.distcache.jcache.internal;

import io.distcache.jcache.internal.integration.Loader;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.jcache.internal.processor.EntryView;
import io.distcache.jcache.internal.processor.LeasedEntries;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import javax.cache.CacheException;
import javax.cache.integration.CacheLoaderException;
import org.jspecify.annotations.Nullable;

/** Reading entries, and loading what is missing: once per key, however many callers in however many processes miss it. Thread-safe. */
final class Reads<K, V> {
    private static final int BATCH = 1000;

    private final CacheContext<K, V> context;
    private final Statistics statistics;
    private final LeasedEntries entries;
    private final long leaseMillis;

    Reads(CacheContext<K, V> context, LeasedEntries entries, Duration leaseLimit) {
        this.context = context;
        this.statistics = context.statistics();
        this.entries = entries;
        this.leaseMillis = leaseLimit.toMillis();
    }

    @Nullable
    V get(K key) {
        long start = statistics.start();
        Bytes bytes = context.key(key);
        Loader<K, V> loader = context.readThrough() ? context.loader() : null;
        Reply reply = context.call(
                loader == null
                        ? new Command.Get(context.handle(), bytes)
                        : new Command.Lease(context.handle(), bytes, true, leaseMillis));
        if (reply instanceof Reply.Value found) {
            V value = read(bytes, found, start);
            return value != null || loader == null ? value : reload(key, bytes, loader);
        }
        statistics.misses(1, start);
        return loader == null ? null : load(key, bytes, loader, reply);
    }

    /** The value of a hit, counted; null and a miss if it can no longer be decoded. */
    @Nullable
    V read(Bytes key, Reply.Value found, long start) {
        V value = context.object(found.value());
        if (value == null) {
            statistics.misses(1, start);
            return null;
        }
        statistics.hits(1, start);
        if (context.expiry().isByClient()) {
            context.accessed(key, found.version());
        }
        return value;
    }

    private @Nullable V load(K key, Bytes bytes, Loader<K, V> loader, Reply reply) {
        if (reply instanceof Reply.LoadFailed failed) {
            throw new CacheLoaderException(failed.error().toUtf8());
        }
        if (!(reply instanceof Reply.Leased lease)) {
            return null;
        }
        V value;
        EntryChange.Put put;
        try {
            value = loader.load(key);
            put = value == null
                    ? null
                    : new EntryChange.Put(context.value(value), context.expiry().forCreation());
        } catch (Throwable e) {
            settleBecauseOf(e, List.of(new Command.Settlement(bytes, lease.token(), List.of(), failure(e))));
            throw e;
        }
        if (value == null || put == null) {
            settle(new Command.Settlement(bytes, lease.token(), List.of(), new Command.Share.Miss()));
            return null;
        }
        settle(new Command.Settlement(bytes, lease.token(), List.of(put), null));
        return put.ttlMillis() == Ttl.NOW ? null : value;
    }

    private static Command.Share failure(Throwable e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return new Command.Share.Failed(
                Bytes.ofUtf8("the cache loader failed in another caller: " + SharedFailures.text(cause)));
    }

    /** Ends leases since something failed, which is what the caller is told, whatever becomes of the leases. */
    private void settleBecauseOf(Throwable failure, List<Command.Settlement> settlements) {
        try {
            settle(settlements);
        } catch (Throwable alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }

    private void settle(Command.Settlement settlement) {
        settle(List.of(settlement));
    }

    private void settle(List<Command.Settlement> settlements) {
        if (settlements.isEmpty()) {
            return;
        }
        Reply.Many many = (Reply.Many) context.call(new Command.Settle(context.handle(), settlements));
        for (Reply reply : many.replies()) {
            // A lost lease only means that the value was loaded too late to be kept; it is right all the same.
            if (reply instanceof Reply.Failure failure && !LeasedEntries.isLost(failure)) {
                throw new CacheException(
                        "cache " + context.name() + ": " + failure.status() + ": " + failure.message());
            }
        }
    }

    /** Loads over a value that can no longer be decoded. */
    private @Nullable V reload(K key, Bytes bytes, Loader<K, V> loader) {
        return entries.run(bytes, view -> loadInto(view, key, loader));
    }

    private @Nullable V loadInto(EntryView view, K key, Loader<K, V> loader) {
        V value = loader.load(key);
        if (value == null) {
            return null;
        }
        boolean stored = view.put(context.value(value), context.expiry().forCreation());
        return stored ? value : null;
    }

    Map<K, V> getAll(Set<? extends K> keys) {
        Map<Bytes, K> wanted = new HashMap<>();
        for (K key : keys) {
            wanted.put(context.key(key), key);
        }
        Map<K, V> found = new HashMap<>();
        List<Bytes> encoded = List.copyOf(wanted.keySet());
        for (int from = 0; from < encoded.size(); from += BATCH) {
            getBatch(encoded.subList(from, Math.min(from + BATCH, encoded.size())), wanted, found);
        }
        return found;
    }

    private void getBatch(List<Bytes> batch, Map<Bytes, K> wanted, Map<K, V> found) {
        Loader<K, V> loader = context.readThrough() ? context.loader() : null;
        if (loader == null) {
            readBatch(batch, wanted, found);
        } else {
            loadBatch(batch, wanted, found, loader);
        }
    }

    private void readBatch(List<Bytes> batch, Map<Bytes, K> wanted, Map<K, V> found) {
        long start = statistics.start();
        Reply reply;
        try {
            reply = context.call(new Command.GetAll(context.handle(), batch));
        } catch (CacheException e) {
            if (batch.size() > 1 && isTooLarge(e)) {
                readBatch(batch.subList(0, batch.size() / 2), wanted, found);
                readBatch(batch.subList(batch.size() / 2, batch.size()), wanted, found);
                return;
            }
            throw e;
        }
        List<Command.Touch> touches = new ArrayList<>();
        List<Reply> replies = ((Reply.Many) reply).replies();
        int hits = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (replies.get(i) instanceof Reply.Value value && keep(batch.get(i), value, wanted, found, touches)) {
                hits++;
            }
        }
        statistics.hits(hits, start);
        statistics.misses(batch.size() - hits, start);
        touch(touches);
    }

    private static boolean isTooLarge(CacheException e) {
        return e.getCause() instanceof io.distcache.client.RequestRefusedException refused
                && refused.reason() == io.distcache.client.RequestRefusedException.Reason.TOO_LARGE;
    }

    private void loadBatch(List<Bytes> batch, Map<Bytes, K> wanted, Map<K, V> found, Loader<K, V> loader) {
        long start = statistics.start();
        Reply.Many leases =
                (Reply.Many) context.call(new Command.LeaseMany(context.handle(), batch, true, leaseMillis));
        List<Command.Touch> touches = new ArrayList<>();
        Map<Bytes, Reply.Leased> missing = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            if (leases.replies().get(i) instanceof Reply.Leased lease) {
                missing.put(batch.get(i), lease);
            }
        }
        List<K> oneByOne = new ArrayList<>();
        try {
            int hits = 0;
            for (int i = 0; i < batch.size(); i++) {
                Bytes key = batch.get(i);
                Reply reply = leases.replies().get(i);
                if (reply instanceof Reply.Value value && keep(key, value, wanted, found, touches)) {
                    hits++;
                } else if (!(reply instanceof Reply.Leased)) {
                    oneByOne.add(known(wanted, key));
                }
            }
            statistics.hits(hits, start);
            statistics.misses(missing.size(), start);
            touch(touches);
        } catch (Throwable e) {
            List<Command.Settlement> unused = new ArrayList<>();
            missing.forEach(
                    (bytes, lease) -> unused.add(new Command.Settlement(bytes, lease.token(), List.of(), null)));
            settleBecauseOf(e, unused);
            throw e;
        }
        loadMissing(missing, wanted, found, loader);
        for (K key : oneByOne) {
            V value = get(key);
            if (value != null) {
                found.put(key, value);
            }
        }
    }

    private void loadMissing(
            Map<Bytes, Reply.Leased> missing, Map<Bytes, K> wanted, Map<K, V> found, Loader<K, V> loader) {
        if (missing.isEmpty()) {
            return;
        }
        List<Command.Settlement> settlements = new ArrayList<>();
        try {
            List<K> keys =
                    missing.keySet().stream().map(key -> known(wanted, key)).toList();
            Map<K, V> loaded = loader.loadAll(keys);
            missing.forEach((bytes, lease) -> {
                K key = known(wanted, bytes);
                V value = loaded.get(key);
                if (value == null) {
                    settlements.add(new Command.Settlement(bytes, lease.token(), List.of(), new Command.Share.Miss()));
                } else {
                    long ttl = context.expiry().forCreation();
                    EntryChange put = new EntryChange.Put(context.value(value), ttl);
                    settlements.add(new Command.Settlement(bytes, lease.token(), List.of(put), null));
                    if (ttl != Ttl.NOW) {
                        found.put(key, value);
                    }
                }
            });
        } catch (Throwable e) {
            List<Command.Settlement> failed = new ArrayList<>();
            missing.forEach(
                    (bytes, lease) -> failed.add(new Command.Settlement(bytes, lease.token(), List.of(), failure(e))));
            settleBecauseOf(e, failed);
            throw e;
        }
        settle(settlements);
    }

    private static <K> K known(Map<Bytes, K> wanted, Bytes bytes) {
        K key = wanted.get(bytes);
        if (key == null) {
            throw new IllegalStateException("the node answered for a key that was not asked for");
        }
        return key;
    }

    private boolean keep(
            Bytes key, Reply.Value reply, Map<Bytes, K> wanted, Map<K, V> found, List<Command.Touch> touches) {
        V value = context.object(reply.value());
        if (value == null) {
            return false;
        }
        found.put(known(wanted, key), value);
        if (context.expiry().isByClient()) {
            long ttl = context.expiry().forAccess();
            if (ttl != Ttl.UNCHANGED) {
                touches.add(new Command.Touch(key, reply.version(), ttl));
            }
        }
        return true;
    }

    private void touch(List<Command.Touch> touches) {
        if (!touches.isEmpty()) {
            CompletionStage<Reply> unused = context.send(new Command.TouchAll(context.handle(), touches));
        }
    }

    boolean contains(K key) {
        return ((Reply.Count) context.call(new Command.Contains(context.handle(), context.key(key)))).value() == 1;
    }
}
