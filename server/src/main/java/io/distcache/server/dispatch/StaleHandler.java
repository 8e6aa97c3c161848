package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Shards;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads that a member of a replicated pool answers from what it has while nobody leads, of caches that allow it. They are counted neither as
 * hits nor as misses, as no client of a leader could have got them. Thread-safe.
 */
final class StaleHandler {
    private final Replicas replicas;
    private final Shards shards;
    private final BatchHandler batches;

    StaleHandler(Replicas replicas, Shards shards, BatchHandler batches) {
        this.replicas = replicas;
        this.shards = shards;
        this.batches = batches;
    }

    /** {@link Command.Stale}. */
    @Nullable
    Reply stale(Command.Stale command, ClientSession session, int request, Consumer<Reply> responder) {
        if (!replicas.isReplicated()) {
            return Replicas.NOT_REPLICATED;
        }
        return Handles.with(session, command.cache(), cache -> {
            if (!cache.definition().allowsStaleReads()) {
                return new Reply.Failure(
                        Status.BAD_REQUEST,
                        "cache " + cache.definition().name()
                                + " does not allow that reads are answered by who does not lead: its definition would say"
                                + " stale-reads = allow");
            }
            return marked(
                    command.read() instanceof Command.GetAll all
                            ? looks(cache, all)
                            : look(cache, (Command.OnEntry) command.read()));
        });
    }

    private static Reply marked(Reply answer) {
        return answer instanceof Reply.Failure ? answer : new Reply.Stale(answer);
    }

    private Reply looks(Cache cache, Command.GetAll all) {
        List<Reply> replies = new ArrayList<>(all.count());
        long bytes = 0;
        for (int i = 0; i < all.count(); i++) {
            // What is over the bound is not even looked for.
            Reply reply = batches.isTooMuch(bytes) ? Reply.Miss.INSTANCE : look(cache, all.key(i));
            bytes += reply instanceof Reply.Value value ? value.value().length() : 0;
            replies.add(reply);
        }
        return batches.values(replies);
    }

    private Reply look(Cache cache, Command.OnEntry read) {
        Reply reply = look(cache, read.key());
        if (reply instanceof Reply.Failure || read instanceof Command.Get) {
            return reply;
        }
        return new Reply.Count(reply instanceof Reply.Value ? 1 : 0);
    }

    private Reply look(Cache cache, Bytes key) {
        int shard = shards.indexOf(key);
        Reply.Failure refusal = replicas.staleRefusal(replicas.groupOf(shard));
        if (refusal != null) {
            return refusal;
        }
        Reply reply = shards.get(shard).replica().stale(cache, key);
        return reply == null
                ? new Reply.Failure(
                        Status.UNAVAILABLE,
                        "nobody leads, and what this node has of the entry is not complete, or may be taken back in a moment")
                : reply;
    }
}
