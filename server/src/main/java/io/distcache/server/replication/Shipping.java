package io.distcache.server.replication;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Routes;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.shard.Partitioning;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a founder changes while it founds: the records of its log, one after the other, become entries of the pool's groups. Applying the same
 * once more, in order, changes nothing more; so what may have been lost with a leadership is shipped again. Confined to one thread.
 */
public final class Shipping {
    /** So much is gathered; as much again may be under way, and not known to be committed. */
    private static final long MOST_GATHERED = 1 << 20;

    /** What a change has in an entry beside what it has in the founder's log. */
    private static final int OVERHEAD = 48;

    private static final int PATIENCE_SECONDS = 30;

    private final GroupLog log;
    private final Meta meta;
    private final FirstState first;
    private Set<CompletionStage<Void>> gathered = new LinkedHashSet<>();
    private Set<CompletionStage<Void>> underWay = new LinkedHashSet<>();
    private long bytesGathered;
    private long shipped;

    Shipping(GroupLog log, Meta meta, FirstState first) {
        this.log = log;
        this.meta = meta;
        this.first = first;
    }

    /**
     * Ships a record.
     *
     * @param shard of the founder's, one of so many
     * @param position in its log
     * @throws IOException if it was not committed, or may not have been
     */
    public void record(int shard, int shards, long position, byte[] array, int offset, int length) throws IOException {
        List<Mutation> mutations = MutationCodec.decode(array, offset, length);
        if (!MutationCodec.isOfEntries(array, offset)) {
            for (Mutation mutation : mutations) {
                cache(mutation);
            }
            return;
        }
        for (Mutation mutation : mutations) {
            Long cache = first.cache(mutation.cacheId());
            if (cache != null && !first.has(shard, position, mutation.cacheId())) {
                change(cache, mutation, shard, shards);
            }
        }
        if (bytesGathered > MOST_GATHERED) {
            send();
        }
    }

    private void cache(Mutation mutation) throws IOException {
        if (mutation instanceof Mutation.Create create) {
            if (first.cache(create.cacheId()) == null && FirstState.isOfPool(create.definition())) {
                Meta.Done made = get(meta.open(create.definition()));
                first.made(create.cacheId(), Objects.requireNonNull(made.cache()));
            }
        } else if (mutation instanceof Mutation.Destroy destroy && first.cache(destroy.cacheId()) != null) {
            // What was changed before is about a cache that is there.
            await();
            CacheDefinition definition = first.definition(destroy.cacheId());
            get(meta.destroy(definition.namespace(), definition.name()));
            first.destroyed(destroy.cacheId());
        }
    }

    private void change(long cache, Mutation mutation, int shard, int shards) {
        if (mutation instanceof Mutation.Store store) {
            append(store.key(), new Mutation.Store(cache, store.record()));
        } else if (mutation instanceof Mutation.Delete delete) {
            append(delete.key(), new Mutation.Delete(cache, delete.key(), delete.version()));
        } else if (mutation instanceof Mutation.Touch touch) {
            append(touch.key(), new Mutation.Touch(cache, touch.key(), touch.version(), touch.deadlineMillis()));
        } else if (mutation instanceof Mutation.Clear clear) {
            Mutation part = new Mutation.ClearPart(cache, clear.version(), shard, shards);
            for (int partition = 0; partition < Routes.PARTITIONS; partition++) {
                append(partition, part);
            }
        }
    }

    private void append(Bytes key, Mutation mutation) {
        append(Partitioning.RANGES.of(key, Routes.PARTITIONS), mutation);
    }

    private void append(int partition, Mutation mutation) {
        List<Mutation> one = List.of(mutation);
        gathered.add(log.append(partition, one));
        int bytes = MutationCodec.bytes(one) + OVERHEAD;
        bytesGathered += bytes;
        shipped += bytes;
    }

    /** About how many bytes were shipped, all together: the consensus keeps them on the heap. */
    public long bytes() {
        return shipped;
    }

    /** Sends what was gathered, and waits for what was sent before. */
    private void send() throws IOException {
        log.flush();
        Set<CompletionStage<Void>> before = underWay;
        underWay = gathered;
        gathered = new LinkedHashSet<>();
        bytesGathered = 0;
        try {
            for (CompletionStage<Void> one : before) {
                get(one);
            }
        } catch (IOException e) {
            // All since the last time is shipped again, so nobody waits for what was under way.
            underWay = new LinkedHashSet<>();
            throw e;
        }
    }

    /**
     * Waits until all that was shipped is committed.
     *
     * @throws IOException if it is not, or may not be; then it is to be shipped again
     */
    public void await() throws IOException {
        send();
        send();
    }

    private static <T> T get(CompletionStage<T> stage) throws IOException {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no majority of the members has it after " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the node stops", e);
        }
    }
}
