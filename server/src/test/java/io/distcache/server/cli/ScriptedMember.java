package io.distcache.server.cli;

import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A scripted node that answers POOL as a member of a pool does, and nothing else. Thread-safe. */
final class ScriptedMember implements AutoCloseable {
    private static final AtomicLong INCARNATIONS = new AtomicLong(1000);

    private final ScriptedNode node = new ScriptedNode();
    private final long incarnation = INCARNATIONS.incrementAndGet();
    private final List<Command.Pool> told = new CopyOnWriteArrayList<>();
    private volatile @Nullable Reply scripted;
    private volatile String notReady = "";

    ScriptedMember() throws IOException {
        node.hello = new Hello.Node(Hello.VERSION, 0, address(), incarnation, 1 << 20, 100, 1000);
        node.report = this::report;
        node.script = (peer, request, command) -> {
            peer.reply(request, reply(command));
            return true;
        };
    }

    static ScriptedMember knowing(Membership membership) throws IOException {
        ScriptedMember member = new ScriptedMember();
        member.knows(membership);
        return member;
    }

    /** By which it calls itself, too. */
    String address() {
        return node.address();
    }

    int port() {
        return node.port();
    }

    void knows(Membership known) {
        node.membership = known;
    }

    Membership membership() {
        return node.membership;
    }

    /** What it was told, not what it was only asked. */
    List<Command.Pool> told() {
        return told;
    }

    /** It says why the next node may not be stopped. */
    void saysNotReady(String why) {
        notReady = why;
    }

    void turns(HealthReport.State now) {
        node.state = now;
    }

    /** Answers this instead, when it is told of a pool. */
    void answers(Reply reply) {
        scripted = reply;
    }

    /** From now on it takes connections, and says nothing. */
    void fallsSilent() {
        node.silentHello = true;
        node.script = (peer, request, command) -> true;
    }

    private Reply reply(Command command) {
        if (!(command instanceof Command.Pool pool)) {
            return new Reply.Failure(Status.BAD_REQUEST, "not in the script");
        }
        if (!pool.self().isEmpty()) {
            told.add(pool);
            Reply instead = scripted;
            if (instead instanceof Reply.Members members) {
                node.membership = members.membership();
            }
            if (instead != null) {
                return instead;
            }
        }
        String far = pool.membership().whyFarFrom(node.membership);
        if (far != null) {
            return new Reply.Failure(Status.BAD_REQUEST, far);
        }
        if (pool.membership().isNewerThan(node.membership)) {
            node.membership = pool.membership();
        }
        return new Reply.Members(node.membership);
    }

    private HealthReport report() {
        return HealthReport.in(node.state)
                .cause(node.state == HealthReport.State.READ_ONLY ? "No space left on device" : "")
                .progressPercent(node.state == HealthReport.State.STARTING ? 40 : 0)
                .node(address())
                .incarnation(incarnation)
                .with(Figure.UPTIME_MILLIS, 5_000)
                .with(Figure.ENTRIES, 10)
                .with(Figure.BYTES, 1_000)
                .with(Figure.MAX_BYTES, 10_000)
                .with(Figure.CONNECTIONS, node.peers.size())
                .with(Figure.OPERATIONS, 100)
                .with(Figure.SNAPSHOT_MILLIS, -1)
                .version("1.0")
                .with(Figure.HITS, 3)
                .with(Figure.MISSES, 1)
                .with(Figure.HEAP_BYTES, 1 << 20)
                .with(Figure.MAX_HEAP_BYTES, 1 << 30)
                .with(Figure.POOL_EPOCH, node.membership.epoch())
                .notReady(notReady)
                .build();
    }

    /** Breaks all its connections, and takes new ones. */
    void breaksConnections() throws IOException {
        for (ScriptedNode.Peer peer : node.peers) {
            peer.hangUp();
        }
    }

    @Override
    public void close() throws IOException {
        node.close();
    }
}
