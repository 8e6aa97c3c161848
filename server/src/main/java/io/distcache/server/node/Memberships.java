package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.consensus.Founding;
import io.distcache.server.log.FileFailure;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.shard.Caches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node in a process of its own is to a replicated pool, as its data directory says. One that becomes a member writes that there, and
 * starts anew in the same process. Thread-safe.
 */
public final class Memberships implements PoolMembership {
    private final Runnable startAnew;
    private volatile String directory = "";
    private volatile @Nullable PoolPlan plan;

    /**
     * Of a node that is to be made.
     *
     * @param startAnew has the node closed and another made in its place, soon and on another thread
     */
    public Memberships(Runnable startAnew) {
        this.startAnew = startAnew;
    }

    @Override
    public boolean begin(ServerConfig config) {
        directory = config.node().dataDir();
        try {
            plan = directory.isEmpty() ? null : PoolPlan.read(Path.of(directory));
            return plan != null;
        } catch (IOException e) {
            throw new StartException(FileFailure.text(e), e);
        }
    }

    @Override
    public ReplicaPart open(
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            long incarnation,
            Consumer<Routes> announce,
            Consumer<@Nullable String> onReadOnly) {
        PoolPlan known = plan;
        if (known == null) {
            throw new IllegalStateException("the node is no member");
        }
        try {
            return new Member(known, config, clock, caches, incarnation, announce, onReadOnly);
        } catch (IOException e) {
            throw new StartException(FileFailure.text(e), e);
        }
    }

    @Override
    public Reply join(Command.Replicate command, long entries) {
        String dataDirectory = directory;
        boolean founds = command.founder() == command.self();
        PoolPlan wanted = new PoolPlan(
                Routes.of(
                        command.pool().pool(),
                        command.pool().groups(),
                        command.pool().nodes()),
                command.self(),
                Secret.of(HexFormat.of().formatHex(command.secret().toByteArray())),
                founds ? Founding.HERE : command.founder() == Routes.NOBODY ? Founding.EMPTY : Founding.BEGUN);
        PoolPlan already = plan;
        if (already != null) {
            return already.isSamePool(wanted)
                    ? Reply.Ok.INSTANCE
                    : refused(String.format(
                            "this node is a member of replicated pool %016x already, as %s",
                            already.routes().pool(), already.nameOf(already.self())));
        }
        if (dataDirectory.isEmpty()) {
            return refused("members of a replicated pool keep their data; start this node with --data-dir");
        }
        if (entries > 0 && !founds) {
            return refused("this node has " + entries
                    + " entries, and of the nodes of a new pool one at most has any, which the pool begins with. Back it up and"
                    + " destroy its caches, or start it with an empty --data-dir");
        }
        try {
            wanted.write(Path.of(dataDirectory));
        } catch (IOException e) {
            return new Reply.Failure(
                    Status.INTERNAL,
                    "the pool could not be written into " + dataDirectory + ": " + FileFailure.text(e));
        }
        startAnew.run();
        return Reply.Ok.INSTANCE;
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why + ". Nothing was changed");
    }
}
