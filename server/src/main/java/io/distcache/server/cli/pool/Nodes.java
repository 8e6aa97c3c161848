package io.distcache.server.cli.pool;

import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Who;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Connections to several nodes, which are asked all at once, each for no longer than a limit. A connection stays open until it fails;
 * the next question connects anew. Confined to one thread, which it blocks; each connection is used by one thread of its own.
 */
final class Nodes implements AutoCloseable {
    private static final Command WHO = new Command.Pool("", Membership.NONE);

    /** For what a node's own limits do not cover, such as looking up its host. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Who who;
    private final @Nullable TlsToNodes tls;
    private final Duration limit;
    private final int healthMillis;
    private final Map<String, Line> lines = new HashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "distcache-node");
        thread.setDaemon(true);
        return thread;
    });

    Nodes(Who who, @Nullable TlsToNodes tls, Duration limit, int healthMillis) {
        this.who = who;
        this.tls = tls;
        this.limit = limit;
        this.healthMillis = healthMillis;
    }

    /** How these nodes are now and who they say is in the pool, by address in the given order. */
    Map<String, Sight> look(Collection<String> addresses) throws InterruptedException {
        Map<String, Command> questions = new LinkedHashMap<>();
        addresses.forEach(address -> questions.put(address, WHO));
        return ask(questions, limit);
    }

    /** Tells each of these nodes by address who is in the pool; what they know then. Taking it can take a node longer than looking. */
    Map<String, Sight> tell(Map<String, Command> commands, Duration longest) throws InterruptedException {
        return ask(commands, longest.compareTo(limit) > 0 ? longest : limit);
    }

    private Map<String, Sight> ask(Map<String, Command> commands, Duration most) throws InterruptedException {
        Map<String, Future<Sight>> asked = new LinkedHashMap<>();
        commands.forEach((address, command) -> {
            Line line = lines.computeIfAbsent(address, Line::new);
            asked.put(address, threads.submit(() -> line.ask(command, most)));
        });
        long deadline = System.nanoTime() + most.plus(GRACE).toNanos();
        Map<String, Sight> sights = new LinkedHashMap<>();
        for (Map.Entry<String, Future<Sight>> each : asked.entrySet()) {
            String address = each.getKey();
            try {
                long left = Math.max(0, deadline - System.nanoTime());
                sights.put(address, each.getValue().get(left, TimeUnit.NANOSECONDS));
            } catch (TimeoutException e) {
                sights.put(address, Sight.unreachable(address, silent(most)));
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        return sights;
    }

    private static String silent(Duration most) {
        return "no answer in " + most.toSeconds() + " s";
    }

    /** Gives up the connections to all but these. */
    void keep(Collection<String> addresses) {
        lines.forEach((address, line) -> {
            if (!addresses.contains(address)) {
                line.close();
            }
        });
        lines.keySet().retainAll(addresses);
    }

    @Override
    public void close() {
        keep(List.of());
        threads.shutdownNow();
    }

    /** To one node. Whoever has set {@code busy} may use the connection; only closing it needs no turn. */
    private final class Line {
        private final String address;
        private final AtomicBoolean busy = new AtomicBoolean();
        private volatile @Nullable NodeConnection connection;

        Line(String address) {
            this.address = address;
        }

        Sight ask(Command command, Duration most) {
            if (!busy.compareAndSet(false, true)) {
                return Sight.unreachable(address, "no answer yet to what it was asked before");
            }
            long deadline = System.nanoTime() + most.toNanos();
            try {
                return exchange(command, deadline);
            } catch (IOException e) {
                close();
                return Sight.unreachable(address, isOver(deadline) ? silent(most) : String.valueOf(e.getMessage()));
            } finally {
                busy.set(false);
            }
        }

        private Sight exchange(Command command, long deadline) throws IOException {
            NodeConnection open = connection;
            boolean kept = open != null;
            if (open == null) {
                open = connect(deadline);
            }
            Reply reply;
            try {
                reply = open.exchange(command, left(deadline));
            } catch (IOException e) {
                close();
                if (!kept || isOver(deadline)) {
                    throw e;
                }
                // It was lost since the last question; the node may be back already.
                open = connect(deadline);
                reply = open.exchange(command, left(deadline));
            }
            if (reply instanceof Reply.Members members) {
                return new Sight(address, open.health(), members.membership(), "");
            }
            String refusal =
                    reply instanceof Reply.Failure failure ? failure.status() + ": " + failure.message() : "" + reply;
            return new Sight(
                    address, open.health(), null, refusal, open.isReplicated() ? replica(open, deadline) : null);
        }

        private static Sight.@Nullable Replica replica(NodeConnection open, long deadline) throws IOException {
            return open.exchange(new Command.Routes(), left(deadline)) instanceof Reply.Routes routes
                            && open.exchange(new Command.Groups(), left(deadline)) instanceof Reply.Groups groups
                    ? new Sight.Replica(routes.routes(), groups.groups())
                    : null;
        }

        private NodeConnection connect(long deadline) throws IOException {
            // Connecting may be late, too: then nobody waits any more, and the connection serves the next question.
            NodeConnection opened = NodeConnection.open(address, who, left(deadline), healthMillis, tls);
            connection = opened;
            return opened;
        }

        private static Duration left(long deadline) {
            return Duration.ofNanos(Math.max(SHORTEST_NANOS, deadline - System.nanoTime()));
        }

        private static boolean isOver(long deadline) {
            return deadline - System.nanoTime() <= SHORTEST_NANOS;
        }

        void close() {
            NodeConnection open = connection;
            connection = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    // It is of no more use either way.
                }
            }
        }
    }
}
