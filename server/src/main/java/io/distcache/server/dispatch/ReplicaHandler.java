package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands by which clients find their way in a replicated pool, and those that it divides by groups. Thread-safe. */
final class ReplicaHandler {
    private final Replicas replicas;
    private final Shards shards;
    private final CommitLog log;
    private final ScanHandler scans;

    ReplicaHandler(Replicas replicas, Shards shards, CommitLog log, ScanHandler scans) {
        this.replicas = replicas;
        this.shards = shards;
        this.log = log;
        this.scans = scans;
    }

    /** {@link Command.Routes}. */
    Reply routes(Command.Routes command, ClientSession session, int request, Consumer<Reply> responder) {
        return new Reply.Routes(replicas.routes());
    }

    /** {@link Command.Groups}. */
    @Nullable
    Reply groups(Command.Groups command, ClientSession session, int request, Consumer<Reply> responder) {
        replicas.look(groups -> responder.accept(new Reply.Groups(groups)));
        return null;
    }

    /** Commands by which clients keep the nodes of another kind of pool in step. */
    static Reply refuse(Command command, ClientSession session, int request, Consumer<Reply> responder) {
        return new Reply.Failure(
                Status.BAD_REQUEST,
                command.opcode()
                        + " is for pools that clients keep together; this node is a member of a replicated pool");
    }

    /** {@link Command.OfGroup}. */
    @Nullable
    Reply ofGroup(Command.OfGroup command, ClientSession session, int request, Consumer<Reply> responder) {
        int group = command.group();
        if (group >= replicas.groups()) {
            return new Reply.Failure(
                    Status.BAD_REQUEST,
                    replicas.groups() == 0
                            ? "this node is in no replicated pool, so it has no group " + group
                            : "there is no group " + group + "; this replicated pool has groups 0 to "
                                    + (replicas.groups() - 1));
        }
        if (!replicas.leads(group)) {
            return new Reply.Failure(
                    Status.NOT_LEADER, "this node does not lead group " + group + " of its replicated pool");
        }
        return Handles.with(session, command.cache(), cache -> {
            CompletionStage<Void> newest = log.newest(replicas.firstShard(group));
            if (newest == CommitLog.COMMITTED) {
                return ofGroup(cache, command, session, request, responder);
            }
            newest.whenComplete((done, failure) -> {
                Reply reply = failure == null
                        ? ofGroup(cache, command, session, request, responder)
                        : Shard.notLogged(failure);
                if (reply != null) {
                    responder.accept(reply);
                }
                log.flush();
            });
            return null;
        });
    }

    private @Nullable Reply ofGroup(
            Cache cache, Command.OfGroup command, ClientSession session, int request, Consumer<Reply> responder) {
        int first = replicas.firstShard(command.group());
        int end = replicas.endShard(command.group());
        if (command.whole() instanceof Command.Size) {
            long entries = 0;
            CompletionStage<Void> committed = CommitLog.COMMITTED;
            for (int i = first; i < end; i++) {
                committed = CommitLog.both(committed, shards.get(i).contents().committed(cache));
                entries += shards.get(i).replica().entries(cache);
            }
            return LoggedChange.answer(committed, new Reply.Count(entries), responder);
        }
        Reply.Failure refusal = cache.isLogged() ? log.refusal() : null;
        if (refusal != null) {
            return refusal;
        }
        if (command.whole() instanceof Command.Clear) {
            CompletionStage<Void> committed = CommitLog.COMMITTED;
            for (int i = first; i < end; i++) {
                committed = CommitLog.both(committed, shards.get(i).clear(cache, command.as()));
            }
            return LoggedChange.answer(committed, Reply.Ok.INSTANCE, responder);
        }
        return scans.removeEveryIn(
                cache, first, end, (Command.RemoveEvery) command.whole(), session, request, responder);
    }
}
