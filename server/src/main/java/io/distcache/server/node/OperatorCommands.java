package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.Operations;
import io.distcache.server.persistence.Persistence;
import io.distcache.server.shard.Session;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Passes on what operators ask, to the data directory if there is one, and to the files that the node goes by. Thread-safe. */
final class OperatorCommands implements Operations {
    private final Lifecycle lifecycle;
    private final @Nullable Persistence persistence;
    private final @Nullable ReplicaPart member;
    private final @Nullable PoolMembership membership;
    private final Supplier<OwnNode> node;
    private final Supplier<Reply> reload;
    private final Executor background;

    /**
     * Passes on to these.
     *
     * @param node as it is seen by who makes it a member of a pool
     * @param reload looks at the files that the node goes by
     * @param background runs what reads files
     */
    OperatorCommands(
            Lifecycle lifecycle,
            @Nullable Persistence persistence,
            @Nullable ReplicaPart member,
            @Nullable PoolMembership membership,
            Supplier<OwnNode> node,
            Supplier<Reply> reload,
            Executor background) {
        this.lifecycle = lifecycle;
        this.persistence = persistence;
        this.member = member;
        this.membership = membership;
        this.node = node;
        this.reload = reload;
        this.background = background;
    }

    @Override
    public Reply.@Nullable Failure notReady() {
        return lifecycle.notReady();
    }

    @Override
    public void snapshot(Consumer<Reply> responder) {
        ReplicaPart ofPool = member;
        if (ofPool != null && notReady() == null) {
            ofPool.snapshot(responder);
        } else {
            withData(responder, data -> data.snapshot(responder));
        }
    }

    @Override
    public void resume(Consumer<Reply> responder) {
        withData(responder, data -> data.resume(responder));
    }

    @Override
    public void reload(Consumer<Reply> responder) {
        try {
            background.execute(() -> responder.accept(reload.get()));
        } catch (RejectedExecutionException e) {
            responder.accept(new Reply.Failure(Status.DRAINING, "the node stops"));
        }
    }

    @Override
    public void replicate(Command.Replicate command, Consumer<Reply> responder) {
        PoolMembership pools = membership;
        if (pools == null) {
            responder.accept(new Reply.Failure(
                    Status.BAD_REQUEST,
                    "a node in an application's process cannot be a member of a replicated pool. Nothing was changed"));
            return;
        }
        try {
            background.execute(() -> {
                Reply.Failure notReady = notReady();
                if (notReady == null) {
                    pools.join(command, node.get(), responder);
                } else {
                    responder.accept(notReady);
                }
            });
        } catch (RejectedExecutionException e) {
            responder.accept(new Reply.Failure(Status.DRAINING, "the node stops"));
        }
    }

    @Override
    public void backup(Session session, Consumer<Reply> responder) {
        ReplicaPart ofPool = member;
        if (ofPool != null && notReady() == null) {
            ofPool.backups().backup(session, responder);
        } else {
            withData(responder, data -> data.backup(session, responder));
        }
    }

    @Override
    public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        ReplicaPart ofPool = member;
        if (ofPool != null && notReady() == null) {
            ofPool.backups().readBackup(command, session, responder);
        } else {
            withData(responder, data -> data.readBackup(command, session, responder));
        }
    }

    private void withData(Consumer<Reply> responder, Consumer<Persistence> action) {
        Persistence data = persistence;
        Reply.Failure notReady = notReady();
        if (notReady != null) {
            responder.accept(notReady);
        } else if (data == null) {
            responder.accept(new Reply.Failure(
                    Status.BAD_REQUEST,
                    member == null
                            ? "the node keeps its data in memory only; start it with --data-dir"
                            : "this node is a member of a replicated pool, and such a node does not resume. See to its disk,"
                                    + " and start it again: it gets what it lacks from the others"));
        } else {
            action.accept(data);
        }
    }
}
