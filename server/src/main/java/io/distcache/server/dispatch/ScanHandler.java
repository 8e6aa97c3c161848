package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that walk over the entries of a cache. One that removes them all, each with its event, runs on a thread of its own, so that no
 * event loop is held up. Thread-safe.
 */
final class ScanHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ScanHandler.class);
    private static final int SCAN_STEP = 64;

    private final Shards shards;
    private final CommitLog log;
    private final Replicas replicas;
    private final WholeCache wholeCache;
    private final Executor background;

    /**
     * Walks over the entries of all shards.
     *
     * @param background runs what takes long
     */
    ScanHandler(Shards shards, CommitLog log, Replicas replicas, WholeCache wholeCache, Executor background) {
        this.shards = shards;
        this.log = log;
        this.replicas = replicas;
        this.wholeCache = wholeCache;
        this.background = background;
    }

    /** How many entries to look at before counting their bytes: few if they are large. */
    static int stepOf(Cache cache) {
        long average = cache.bytes() / Math.max(1, cache.entries());
        return (int) Math.max(1, Math.min(SCAN_STEP, Page.MAX_BYTES / Math.max(1, average)));
    }

    /** {@link Command.Scan}. */
    @Nullable
    Reply scan(Command.Scan command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(session, command.cache(), cache -> {
            if (command.match().length() > Glob.MAX_BYTES) {
                return new Reply.Failure(
                        Status.TOO_LARGE,
                        "a pattern of " + command.match().length() + " bytes is too long; at most " + Glob.MAX_BYTES
                                + " are taken");
            }
            int shard = Shards.shardOf(command.cursor());
            return replicas.isReplicated() && shard < shards.size()
                    ? scanOfGroup(cache, shard, command, responder)
                    : scan(cache, command, shards.size(), responder);
        });
    }

    /** A page ends with the group of its first shard: another node may lead the next, and the client is to ask that one then. */
    private @Nullable Reply scanOfGroup(Cache cache, int shard, Command.Scan command, Consumer<Reply> responder) {
        int end = replicas.endShard(replicas.groupOf(shard));
        CompletionStage<Void> newest = log.newest(shard);
        if (newest == CommitLog.COMMITTED) {
            return scan(cache, command, end, responder);
        }
        newest.whenComplete((done, failure) -> {
            Reply reply = failure == null ? scan(cache, command, end, responder) : Shard.notLogged(failure);
            if (reply != null) {
                responder.accept(reply);
            }
        });
        return null;
    }

    /** A page of which something is taken back is looked for again. */
    private @Nullable Reply scan(Cache cache, Command.Scan command, int endShard, Consumer<Reply> responder) {
        Page page = new Page(command);
        long next = shards.scan(cache, command.cursor(), endShard, stepOf(cache), page);
        CompletionStage<Void> committed = page.committed();
        Reply reply = page.reply(next);
        if (committed == CommitLog.COMMITTED) {
            return reply;
        }
        committed.whenComplete((done, failure) -> {
            Reply now = failure == null
                    ? reply
                    : replicas.isReplicated()
                            ? Shard.notThere(failure)
                            : scanAgain(cache, command, endShard, responder);
            if (now != null) {
                responder.accept(now);
            }
        });
        return null;
    }

    private @Nullable Reply scanAgain(Cache cache, Command.Scan command, int endShard, Consumer<Reply> responder) {
        try {
            return scan(cache, command, endShard, responder);
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("a page could not be looked for again", e);
            return new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
        }
    }

    /** {@link Command.RemoveEvery}. */
    @Nullable
    Reply removeEvery(Command.RemoveEvery command, ClientSession session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        if (cache == null) {
            return Handles.unknown(command.cache());
        }
        Reply.Failure refusal = cache.isDestroyed() ? null : wholeCache.refusal(cache, session);
        if (refusal != null) {
            return refusal;
        }
        return removeEveryIn(cache, 0, shards.size(), command, session, request, responder);
    }

    /** The same in some of the shards. */
    @Nullable
    Reply removeEveryIn(
            Cache cache,
            int firstShard,
            int endShard,
            Command.RemoveEvery command,
            ClientSession session,
            int request,
            Consumer<Reply> responder) {
        try {
            background.execute(() -> {
                Reply now;
                try {
                    List<Bytes> keys = keys(cache, firstShard, endShard);
                    now = removeEach(command.cache(), cache, keys, session, request, responder);
                } catch (RuntimeException | OutOfMemoryError e) {
                    LOG.error("{} of {} failed", command.opcode(), session.name(), e);
                    now = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
                }
                if (now != null) {
                    responder.accept(now);
                }
                log.flush();
            });
        } catch (RejectedExecutionException e) {
            return new Reply.Failure(Status.DRAINING, "the node is stopping");
        }
        return null;
    }

    private List<Bytes> keys(Cache cache, int firstShard, int endShard) {
        List<byte[]> records = new ArrayList<>();
        for (int i = firstShard; i < endShard; i++) {
            for (long cursor = EntryMap.SCAN_START; cursor != EntryMap.SCAN_END; ) {
                cursor = shards.get(i).contents().scan(cache, cursor, SCAN_STEP, records);
            }
        }
        return records.stream().map(EntryRecord::key).toList();
    }

    private @Nullable Reply removeEach(
            int handle, Cache cache, List<Bytes> keys, ClientSession session, int request, Consumer<Reply> responder) {
        Gathering gathering = Gathering.ofChanges(keys.size(), responder);
        for (int i = 0; i < keys.size(); i++) {
            Command.OnEntry remove = new Command.Remove(handle, keys.get(i), Condition.ALWAYS, false);
            Origin origin = new Origin(session, request, gathering.part(i), true);
            gathering.part(i, shards.of(keys.get(i)).execute(cache, remove, origin));
        }
        return gathering.allAsked();
    }
}
