package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.consensus.Founding;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.log.FileFailure;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.shard.Caches;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node in a process of its own is to a replicated pool, as its data directory says. One that becomes a member writes that there, and
 * starts anew in the same process. Thread-safe.
 */
public final class Memberships implements PoolMembership {
    private static final Logger LOG = LoggerFactory.getLogger(Memberships.class);

    private final Runnable startAnew;
    private volatile String directory = "";
    private volatile @Nullable PoolPlan plan;
    private volatile @Nullable Member member;
    private volatile @Nullable Founder founder;

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
    public void isNone() {
        if (!directory.isEmpty()) {
            try {
                FoundersFiles.remove(Path.of(directory));
            } catch (IOException e) {
                LOG.warn("what is left of making a pool could not be removed: {}", FileFailure.text(e));
            }
        }
    }

    @Override
    public KeyHasher hasher() {
        return known().hasher();
    }

    @Override
    public ReplicaPart open(
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            long incarnation,
            Consumer<Routes> announce,
            Consumer<@Nullable String> onReadOnly) {
        try {
            Member made = new Member(known(), config, clock, caches, incarnation, announce, onReadOnly);
            member = made;
            return made;
        } catch (IOException e) {
            throw new StartException(FileFailure.text(e), e);
        }
    }

    private PoolPlan known() {
        PoolPlan known = plan;
        if (known == null) {
            throw new IllegalStateException("the node is no member");
        }
        return known;
    }

    @Override
    public void join(Command.Replicate command, OwnNode node, Consumer<Reply> responder) {
        String dataDirectory = directory;
        boolean founds = command.founder() == command.self();
        PoolPlan wanted = new PoolPlan(
                Routes.of(
                        command.pool().pool(),
                        command.pool().groups(),
                        command.pool().nodes()),
                command.self(),
                Secret.of(HexFormat.of().formatHex(command.secret().toByteArray())),
                founds ? Founding.HERE : command.founder() == Routes.NOBODY ? Founding.EMPTY : Founding.AWAITED);
        Reply.Failure refusal = refusal(wanted, founds ? 0 : node.entries());
        PoolPlan already = plan;
        Founder begun = founder;
        if (already != null && already.isSamePool(wanted)) {
            responder.accept(Reply.Ok.INSTANCE);
        } else if (refusal != null) {
            responder.accept(refusal);
        } else if (founds && begun != null && !begun.hasEnded()) {
            responder.accept(refused(String.format(
                    "this node makes replicated pool %016x already",
                    begun.plan().routes().pool())));
        } else if (founds) {
            Founder made = new Founder(wanted, node, startAnew, responder);
            founder = made;
            made.begin();
        } else {
            try {
                if (already != null) {
                    // Of a pool that never came to be.
                    wanted.writeAnew(Path.of(dataDirectory));
                } else {
                    wanted.writeNew(Path.of(dataDirectory));
                }
                startAnew.run();
                responder.accept(Reply.Ok.INSTANCE);
            } catch (IOException e) {
                responder.accept(new Reply.Failure(
                        Status.INTERNAL,
                        "the pool could not be written into " + dataDirectory + ": " + FileFailure.text(e)));
            }
        }
    }

    /** Why the node cannot be a member; null if it can. */
    private Reply.@Nullable Failure refusal(PoolPlan wanted, long entries) {
        PoolPlan already = plan;
        Member as = member;
        if (already != null && as != null && !as.isAwaiting()) {
            return refused(String.format(
                    "this node is a member of replicated pool %016x already, as %s",
                    already.routes().pool(), already.nameOf(already.self())));
        }
        if (directory.isEmpty()) {
            return refused("members of a replicated pool keep their data; start this node with --data-dir");
        }
        if (already != null && wanted.founding() != Founding.AWAITED) {
            return refused(
                    "this node waits for the first member of another replicated pool, which was not made in the end."
                            + " Stop it, empty its data directory, which has nothing that is not elsewhere, and start it again");
        }
        return already != null || entries == 0
                ? null
                : refused("this node has " + entries
                        + " entries, and of the nodes of a new pool one at most has any, which the pool begins with. Back it up"
                        + " and destroy its caches, or start it with an empty --data-dir");
    }

    @Override
    public String notReady() {
        Founder founding = founder;
        return founding == null || founding.hasEnded() ? "" : HealthReport.FOUNDS;
    }

    @Override
    public PeerDoor door() {
        return (socket, from, hello) -> {
            Founder founding = founder;
            LatePeers peers = founding == null ? null : founding.peers();
            if (peers == null) {
                // The other comes again.
                socket.close();
            } else {
                peers.accepted(socket, from, hello);
            }
        };
    }

    private static Reply.Failure refused(String why) {
        return new Reply.Failure(Status.BAD_REQUEST, why + ". Nothing was changed");
    }
}
