package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.frontdoor.peer.PeerTimeout;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for native clients, on several event loops that share one port. Thread-safe. */
public final class WireServer {
    private static final Logger LOG = LoggerFactory.getLogger(WireServer.class);
    private static final int ACCEPT_BACKLOG = 1024;
    private static final long ANSWER_NANOS = 1_000_000_000;

    private final Vertx vertx;
    private final WireConfig config;
    private final Dispatcher dispatcher;
    private final Buffers buffers;
    private final PeerTimeout peerTimeout;
    private final Supplier<Hello.Node> hello;
    private final Supplier<HealthReport> health;
    private final Set<WireConnection> connections = ConcurrentHashMap.newKeySet();
    // Vert.x closes a server that becomes unreachable, so they are held here.
    private final List<NetServer> listeners = new CopyOnWriteArrayList<>();
    private volatile int actualPort;
    private volatile boolean closing;
    private volatile IntSupplier connectionsOfAllDoors = connections::size;
    private final Strangers strangers = new Strangers("server.port", LOG::warn, System::nanoTime);
    private final LongAccumulator lagNanos = new LongAccumulator(Math::max, 0);

    public WireServer(
            Vertx vertx,
            WireConfig config,
            Dispatcher dispatcher,
            Buffers buffers,
            Supplier<Hello.Node> hello,
            Supplier<HealthReport> health) {
        this.vertx = vertx;
        this.buffers = buffers;
        this.config = config;
        this.peerTimeout = new PeerTimeout(config.peerTimeout());
        this.dispatcher = dispatcher;
        this.hello = hello;
        this.health = health;
    }

    /** Starts to listen with this many event loops; completes with the port. */
    public Future<Integer> listen(int eventLoops) {
        return vertx.deployVerticle(Listener::new, new DeploymentOptions().setInstances(eventLoops))
                .map(all -> actualPort);
    }

    /** The longest that an event loop was late since this was asked last, in nanoseconds. */
    public long takeLagNanos() {
        return lagNanos.getThenReset();
    }

    /** Clients connected now. */
    public int connections() {
        return connections.size();
    }

    /** Has the limit of connections count those of other doors, too. */
    public void countWith(IntSupplier all) {
        connectionsOfAllDoors = all;
    }

    /** Tells all clients how the node is now. */
    public void pushHealth() {
        push(new Push.Health(health.get()));
    }

    /** Tells all clients. */
    public void push(Push push) {
        for (WireConnection connection : connections) {
            connection.push(push);
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
        for (NetServer listener : listeners) {
            try {
                listener.close().await(5, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("a listener did not close within 5 s");
            }
        }
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

    void gone(WireConnection connection) {
        connections.remove(connection);
    }

    private void accept(NetSocket socket, LoopPulse pulse) {
        ChannelHandlerContext context = ((NetSocketInternal) socket).channelHandlerContext();
        String peer = String.valueOf(socket.remoteAddress());
        peerTimeout.watch(context.channel());
        if (closing) {
            refuse(context, Status.DRAINING, "the node is stopping");
            return;
        }
        if (connectionsOfAllDoors.getAsInt() >= config.maxConnections()) {
            String message =
                    "the node has " + config.maxConnections() + " connections already (server.max-connections)";
            LOG.warn("refused {}: {}", peer, message);
            refuse(context, Status.OVERLOADED, message);
            return;
        }
        WireConnection connection = new WireConnection(this, context, peer, pulse);
        connections.add(connection);
        context.pipeline().addBefore("handler", "distcache", connection.handler());
    }

    private static void refuse(ChannelHandlerContext context, Status status, String message) {
        ByteBuf buffer = context.alloc().ioBuffer();
        FrameEncoder.encode(new Reply.Failure(status, message), 0, buffer);
        context.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
    }

    /** One event loop's share of the connections. */
    private final class Listener extends VerticleBase {
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

        @Override
        public Future<?> start() {
            NetServerOptions options = new NetServerOptions()
                    .setHost(config.bind())
                    // To Vert.x 0 is a free port for each listener, a negative number one that all share.
                    .setPort(config.port() == 0 ? -1 : config.port())
                    .setTcpNoDelay(true)
                    .setAcceptBacklog(ACCEPT_BACKLOG)
                    .setReuseAddress(true);
            LoopPulse pulse = new LoopPulse(System.nanoTime());
            watchLag(pulse);
            Promise<Void> listening = Promise.promise();
            NetServer started = vertx.createNetServer(options).connectHandler(socket -> accept(socket, pulse));
            listeners.add(started);
            started.listen().onComplete(result -> {
                if (result.succeeded()) {
                    actualPort = started.actualPort();
                    listening.complete();
                } else {
                    listening.fail(result.cause());
                }
            });
            return listening.future();
        }
    }
}
