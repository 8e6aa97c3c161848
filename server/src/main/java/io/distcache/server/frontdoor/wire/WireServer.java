package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.frontdoor.Door;
import io.distcache.server.frontdoor.Listener;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.memory.Buffers;
import io.distcache.server.tls.NodeTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The native clients of a node. Thread-safe. */
public final class WireServer {
    private static final Logger LOG = LoggerFactory.getLogger(WireServer.class);
    private static final long ANSWER_NANOS = 1_000_000_000;

    private final Vertx vertx;
    private final WireConfig config;
    private final Dispatcher dispatcher;
    private final Buffers buffers;
    private final ConnectionLimit limit;
    private final Listener listener;
    private final Supplier<Hello.Node> hello;
    private final Supplier<HealthReport> health;
    private final Set<WireConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;
    private volatile @Nullable PeerDoor peers;
    private final Strangers strangers = new Strangers("server.port", LOG::warn, System::nanoTime);
    private final LongAccumulator lagNanos = new LongAccumulator(Math::max, 0);

    /**
     * A server that does not listen yet.
     *
     * @param tls encrypts connections; null if they are plain
     */
    public WireServer(
            Vertx vertx,
            WireConfig config,
            ConnectionLimit limit,
            Dispatcher dispatcher,
            Buffers buffers,
            Supplier<Hello.Node> hello,
            Supplier<HealthReport> health,
            @Nullable NodeTls tls) {
        this.vertx = vertx;
        this.buffers = buffers;
        this.config = config;
        this.limit = limit;
        this.listener = new Listener(vertx, new Entrance(), limit, config.peerTimeout(), tls);
        this.dispatcher = dispatcher;
        this.hello = hello;
        this.health = health;
    }

    /** Who takes the connections of other members of the node's replicated pool, if it is in one. To be said before it listens. */
    public void peers(PeerDoor door) {
        peers = door;
    }

    /** Starts to listen with this many event loops; completes with the port. */
    public Future<Integer> listen(int eventLoops) {
        return listener.listen(config.bind(), config.port(), eventLoops);
    }

    /** The longest that an event loop was late since this was asked last, in nanoseconds. */
    public long takeLagNanos() {
        return lagNanos.getThenReset();
    }

    /** Tells all clients how the node is now. */
    public void pushHealth() {
        push(new Push.Health(health.get()));
    }

    /** Tells all clients that have come in; who comes in later asks for what it needs. */
    public void push(Push push) {
        for (WireConnection connection : connections) {
            if (connection.isIn()) {
                connection.push(push);
            }
        }
    }

    /**
     * Takes no new clients, tells those there are how the node is now, and closes their connections once what is unanswered has had
     * time to be answered. Clients that know the node's pool turn to other nodes, and close their connections when they have nothing
     * more to do here: until then, or for {@code server.drain-timeout}, what they have under way is answered.
     *
     * @param flush sends what commands have changed on its way to the log, so that they can be answered
     */
    public void close(Runnable flush) throws InterruptedException {
        // Not by closing the listeners, which would close all connections.
        closing = true;
        pushHealth();
        long began = System.nanoTime();
        boolean othersClosed = false;
        while (true) {
            long waited = System.nanoTime() - began;
            boolean drains = waited < config.drainTimeout().toNanos()
                    && connections.stream().anyMatch(c -> c.session().isPoolAware());
            boolean answers = waited < ANSWER_NANOS
                    && connections.stream()
                            .anyMatch(c -> !(drains && c.session().isPoolAware()) && c.hasUnanswered());
            if (!drains && !answers) {
                break;
            }
            if (!answers && !othersClosed) {
                othersClosed = true;
                connections.stream().filter(c -> !c.session().isPoolAware()).forEach(WireConnection::disconnect);
            }
            flush.run();
            TimeUnit.MILLISECONDS.sleep(1);
        }
        connections.forEach(WireConnection::disconnect);
        listener.close();
    }

    WireConfig config() {
        return config;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Buffers buffers() {
        return buffers;
    }

    Hello.Node hello() {
        return hello.get();
    }

    Supplier<HealthReport> health() {
        return health;
    }

    Strangers strangers() {
        return strangers;
    }

    String full() {
        return limit.full();
    }

    @Nullable
    PeerDoor peers() {
        return peers;
    }

    void gone(WireConnection connection) {
        if (connections.remove(connection)) {
            limit.leave();
        }
    }

    private void watchLag(LoopPulse pulse) {
        vertx.setTimer(LoopPulse.BEAT_MILLIS, timer -> {
            try {
                lagNanos.accumulate(pulse.beat(System.nanoTime()));
                if (pulse.isLate()) {
                    connections.forEach(connection -> connection.loopWasLate(pulse));
                }
            } finally {
                // Whatever happens: a loop without a pulse would be taken for one that stands still.
                watchLag(pulse);
            }
        });
    }

    /** Connects the clients that come to the port; each event loop has a pulse. */
    private final class Entrance implements Door {
        @Override
        public Loop begin() {
            LoopPulse pulse = new LoopPulse(System.nanoTime());
            watchLag(pulse);
            return (socket, peer, newcomer) -> {
                WireConnection connection = new WireConnection(WireServer.this, socket, peer, pulse, newcomer);
                connections.add(connection);
                if (dispatcher.access().isOpen()) {
                    newcomer.leave();
                } else {
                    connection.session().whenKnown(newcomer::leave);
                }
                socket.pipeline().addBefore("handler", "distcache", connection.handler());
            };
        }

        @Override
        public void refuse(ChannelHandlerContext socket, Refusal why, String message) {
            Status status = switch (why) {
                case STOPPING -> Status.DRAINING;
                case FULL -> Status.OVERLOADED;
                case PLAIN -> Status.UNAUTHORIZED;
            };
            ByteBuf buffer = socket.alloc().ioBuffer();
            FrameEncoder.encode(new Reply.Failure(status, message), 0, buffer);
            socket.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void turnedAway(String peer, String why) {
            strangers.closed(peer, why);
        }

        @Override
        public boolean isStopping() {
            return closing;
        }

        @Override
        public boolean takesMembers() {
            return peers != null;
        }

        @Override
        public int sharedPort() {
            return -1;
        }
    }
}
