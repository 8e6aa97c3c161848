package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.snapshot.SnapshotWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * All shards of a node: which one has a key, and what is done in each of them. Immutable, and thread-safe as the shards are; holds the lock
 * of one shard at a time.
 */
public final class Shards implements Iterable<Shard> {
    /** The cursor of a scan that begins. */
    public static final long SCAN_START = 0;
    /** The cursor of a scan that has come to the end. */
    public static final long SCAN_END = -1;

    private static final int CURSOR_SHIFT = 40;
    private static final long MOST_OF_SHARD = 0xffff_ffffL;

    private final List<Shard> all;
    private final Partitioning partitioning;

    /** What takes the entries of a scan, until it has enough. */
    public interface Taker {
        /** How many entries more it takes; with 0 the scan stops. */
        long room();

        /** Takes an entry. Not under a lock. */
        void take(byte[] record);

        /** What was taken from a shard may be shown when this is complete; called if that is not now. */
        default void waitFor(CompletionStage<Void> committed) {}
    }

    /**
     * Makes the shards.
     *
     * @param count a power of two
     * @param shard makes the shard of an index
     */
    public Shards(int count, IntFunction<Shard> shard) {
        this(Partitioning.INTERLEAVED, count, shard);
    }

    /** The same, with another rule which of them has a key. */
    public Shards(Partitioning partitioning, int count, IntFunction<Shard> shard) {
        if (Integer.bitCount(count) != 1) {
            throw new IllegalArgumentException(count + " shards; their number is a power of two");
        }
        List<Shard> made = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            made.add(shard.apply(i));
        }
        this.all = List.copyOf(made);
        this.partitioning = partitioning;
    }

    /** How many there are. */
    public int size() {
        return all.size();
    }

    /** The shard of an index. */
    public Shard get(int index) {
        return all.get(index);
    }

    /** The index of the shard that has a key. */
    public int indexOf(Bytes key) {
        return partitioning.of(key, all.size());
    }

    /** The shard that has a key. */
    public Shard of(Bytes key) {
        return all.get(indexOf(key));
    }

    @Override
    public Iterator<Shard> iterator() {
        return all.iterator();
    }

    /** All, by index. */
    public Stream<Shard> stream() {
        return all.stream();
    }

    /** The time of the node. */
    public NodeClock clock() {
        return all.get(0).clock();
    }

    /** The highest version that any of them has given. */
    public long lastVersion() {
        long highest = Long.MIN_VALUE;
        for (Shard shard : all) {
            highest = Math.max(highest, shard.contents().lastVersion());
        }
        return highest;
    }

    /** The log has failed, and is about to begin anew: what it has not committed is taken back. */
    public void revokeUncommitted(Throwable failure) {
        all.forEach(shard -> shard.revokeUncommitted(failure));
    }

    /** When all that the shards show of a cache now is committed; {@link CommitLog#COMMITTED} itself if it is. */
    public CompletionStage<Void> committed(Cache cache) {
        CompletionStage<Void> committed = CommitLog.COMMITTED;
        for (Shard shard : all) {
            committed = CommitLog.both(committed, shard.contents().committed(cache));
        }
        return committed;
    }

    /** How many entries of a cache have a deadline. */
    public long expirable(Cache cache) {
        long sum = 0;
        for (Shard shard : all) {
            sum += shard.contents().expirable(cache);
        }
        return sum;
    }

    /**
     * Drops all entries of a cache, without events.
     *
     * @return completes when that is logged
     */
    public CompletionStage<Void> clear(Cache cache) {
        CompletionStage<Void> committed = CommitLog.COMMITTED;
        for (Shard shard : all) {
            committed = CommitLog.both(committed, shard.clear(cache, null));
        }
        return committed;
    }

    /**
     * Writes caches and their entries, as far as they are logged, while commands go on in between.
     *
     * @param logPosition where the log ends
     */
    public void snapshot(Collection<Cache> caches, LongSupplier logPosition, SnapshotWriter out) throws IOException {
        for (Cache cache : caches) {
            out.cache(cache.id(), MutationCodec.definition(cache.definition()));
        }
        List<Cache> logged = caches.stream().filter(Cache::isLogged).toList();
        for (Shard shard : all) {
            shard.contents().snapshot(logged, logPosition, out);
        }
    }

    /**
     * The same of shards that are copies of what other nodes have, too: what is committed, of each shard and cache as it is at one moment.
     */
    public void snapshotCommitted(Collection<Cache> caches, SnapshotWriter out) throws IOException {
        for (Cache cache : caches) {
            out.cache(cache.id(), MutationCodec.definition(cache.definition()));
        }
        for (int shard = 0; shard < all.size(); shard++) {
            for (Cache cache : caches) {
                if (cache.isLogged()) {
                    write(shard, cache, all.get(shard).replica().committed(cache), out);
                }
            }
        }
    }

    private static void write(int shard, Cache cache, Replica.Committed entries, SnapshotWriter out)
            throws IOException {
        if (entries.size() > 0) {
            out.beginEntries(shard, 0, cache.id(), entries.size());
        }
        for (int i = 0; i < entries.size(); i++) {
            byte[] record = new byte[entries.length(i)];
            entries.copyTo(i, record, 0);
            out.entry(record);
            if (out.isFull()) {
                out.drain();
            }
        }
        out.drain();
    }

    /**
     * Visits entries of a cache from {@code cursor} on. The cursor is the shard's index above {@value #CURSOR_SHIFT} bits of the shard's own
     * cursor; one that no scan has given is at the end.
     *
     * @param stepEntries the most entries taken at once under a shard's lock
     * @return where to go on, or {@link #SCAN_END}
     */
    public long scan(Cache cache, long cursor, int stepEntries, Taker taker) {
        return scan(cache, cursor, all.size(), stepEntries, taker);
    }

    /** The shard that a cursor of a scan stands in; there may be none. */
    public static int shardOf(long cursor) {
        return (int) Math.min(Integer.MAX_VALUE, cursor >>> CURSOR_SHIFT);
    }

    /** The same, which comes to the first shard that is not looked at any more, and stops there. */
    public long scan(Cache cache, long cursor, int endShard, int stepEntries, Taker taker) {
        long shard = cursor >>> CURSOR_SHIFT;
        long inner = cursor & ((1L << CURSOR_SHIFT) - 1);
        if (shard >= all.size() || inner > MOST_OF_SHARD) {
            return SCAN_END;
        }
        List<byte[]> step = new ArrayList<>();
        for (long room = taker.room(); room > 0 && shard < endShard; room = taker.room()) {
            step.clear();
            long next = all.get((int) shard).contents().scan(cache, inner, (int) Math.min(stepEntries, room), step);
            CompletionStage<Void> committed = all.get((int) shard).contents().committed(cache);
            if (committed != CommitLog.COMMITTED) {
                taker.waitFor(committed);
            }
            step.forEach(taker::take);
            shard = next < 0 ? shard + 1 : shard;
            inner = Math.max(next, 0);
        }
        return shard < all.size() ? shard << CURSOR_SHIFT | inner : SCAN_END;
    }
}
