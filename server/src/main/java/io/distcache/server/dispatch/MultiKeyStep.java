package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Transaction;
import io.distcache.server.shard.operation.EntryOperation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Operations on several entries as one step to everybody on this node. First all keys are named, then it runs, perhaps several times: not
 * before none of the keys is leased. Confined to the thread that runs it.
 */
public final class MultiKeyStep {

    private record Named(NamedCache keyspace, Bytes key, int shard) {}

    private final NamedCacheParts parts;
    private final BitSet needed = new BitSet();
    private final List<Bytes> keys = new ArrayList<>();
    private final List<Named> written = new ArrayList<>();
    private @Nullable Transaction running;
    private @Nullable Session runner;
    private boolean waiting;
    private long keptBytes;

    MultiKeyStep(NamedCacheParts parts) {
        this.parts = parts;
    }

    /** An entry that is looked at, or also written. */
    public void needs(NamedCache keyspace, Bytes key, boolean isWritten) {
        int shard = parts.shards().indexOf(key);
        needed.set(shard);
        keys.add(key);
        if (isWritten) {
            written.add(new Named(keyspace, key, shard));
        }
    }

    /** What is kept of the request while it has to wait. */
    public void keeps(long bytes) {
        keptBytes = bytes;
    }

    /** All entries of all keyspaces are looked at. */
    public void needsAll() {
        needed.set(0, parts.shards().size());
    }

    /**
     * Runs the body under all the locks.
     *
     * @param responder gets the reply if it comes later; on any thread, must not block
     * @param retry called without locks when an entry that was leased is free; must not block, and has this run again
     * @return the body's reply, or why nothing was done; null if the reply comes later or {@link #isWaiting}
     */
    public @Nullable Reply run(
            Session session, Consumer<Reply> responder, Runnable retry, Function<MultiKeyStep, Reply> body) {
        waiting = false;
        runner = session;
        Reply.Failure scattered = scattered();
        if (scattered != null) {
            return scattered;
        }
        for (Named named : written) {
            Reply.Failure refusal = parts.gate().forbidden(Effect.WRITE, session, named.keyspace.definition());
            if (refusal == null) {
                refusal = named.keyspace.open();
            }
            if (refusal != null) {
                return refusal;
            }
        }
        List<Shard> shards = new ArrayList<>(needed.cardinality());
        needed.stream().forEach(index -> shards.add(parts.shards().get(index)));
        Transaction transaction = Transaction.begin(shards, parts.shards().clock(), new Origin(session, 0, responder));
        running = transaction;
        Reply reply = null;
        boolean ended = false;
        try {
            for (Bytes key : keys) {
                Reply.Failure notHere = parts.gate().notHere(session, key);
                if (notHere != null) {
                    reply = notHere;
                    return notHere;
                }
            }
            for (Named named : written) {
                Cache cache = named.keyspace.present();
                if (cache != null
                        && transaction.waitsFor(parts.shards().get(named.shard), cache, named.key, retry, keptBytes)) {
                    ended = true;
                    waiting = true;
                    return null;
                }
            }
            reply = body.apply(this);
        } finally {
            running = null;
            if (!ended) {
                reply = transaction.end(reply == null ? Reply.Ok.INSTANCE : reply);
            }
        }
        makeRoom();
        return reply;
    }

    /** Why a member of a replicated pool cannot do it as one step; null if it can. */
    private Reply.@Nullable Failure scattered() {
        Replicas replicas = parts.replicas();
        if (!replicas.isReplicated() || needed.isEmpty()) {
            return null;
        }
        int group = replicas.groupOf(needed.nextSetBit(0));
        if (replicas.groupOf(needed.length() - 1) != group) {
            return new Reply.Failure(
                    Status.BAD_REQUEST,
                    "the keys of one step are in several groups of the replicated pool; give them a common {hash tag}");
        }
        return replicas.leads(group)
                ? null
                : new Reply.Failure(
                        Status.NOT_LEADER, "this node does not lead group " + group + " of its replicated pool");
    }

    /** Whether the last run did nothing but wait for a leased entry; {@code retry} or the responder will be called. */
    public boolean isWaiting() {
        return waiting;
    }

    /** Does one of the verbs, whose key was named: {@link Reply.Ok}, or why it was not done. */
    public Reply execute(NamedCache keyspace, EntryOperation verb) {
        Transaction transaction = running;
        if (transaction == null) {
            throw new IllegalStateException("not running");
        }
        Reply.Failure refusal = null;
        Cache cache = keyspace.present();
        if (cache == null) {
            refusal = keyspace.open();
            cache = keyspace.present();
        }
        if (refusal == null && cache != null) {
            return transaction.execute(parts.shards().of(verb.key()), cache, verb);
        }
        return refusal == null ? Reply.Ok.INSTANCE : refusal;
    }

    /** Something else that the step shows: it is not answered before that is committed. */
    public void seen(CompletionStage<Void> committed) {
        Transaction transaction = running;
        if (transaction == null) {
            throw new IllegalStateException("not running");
        }
        transaction.seen(committed);
    }

    /** Why whoever runs this may not drop the entries of a keyspace; null if it may. */
    public Reply.@Nullable Failure mayNotClear(NamedCache keyspace) {
        Session client = runner;
        return client == null ? null : parts.gate().forbidden(Effect.WRITE, client, keyspace.definition());
    }

    /** Drops all entries of a keyspace, without events; all must have been named. {@link Reply.Ok}, or why it was not done. */
    public Reply clear(NamedCache keyspace) {
        Transaction transaction = running;
        if (transaction == null) {
            throw new IllegalStateException("not running");
        }
        Cache cache = keyspace.present();
        if (cache == null) {
            return Reply.Ok.INSTANCE;
        }
        Reply.Failure refusal = mayNotClear(keyspace);
        refusal = refusal == null ? parts.log().refusal() : refusal;
        if (refusal != null) {
            return refusal;
        }
        transaction.append();
        transaction.changed(parts.shards().clear(cache));
        return Reply.Ok.INSTANCE;
    }

    private void makeRoom() {
        Map<Cache, Bytes> last = new LinkedHashMap<>();
        for (Named named : written) {
            Cache cache = named.keyspace.present();
            if (cache != null) {
                last.put(cache, named.key);
            }
        }
        last.forEach(parts.room()::makeAfter);
    }
}
