package io.distcache.server.frontdoor.stream;

import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.frontdoor.peer.PeerTimeout;
import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBufUtil;
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
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for clients of one front door, on several event loops that share one port. Thread-safe. */
public final class StreamServer {
    private static final Logger LOG = LoggerFactory.getLogger(StreamServer.class);
    private static final int ACCEPT_BACKLOG = 1024;
    private static final long ANSWER_NANOS = 1_000_000_000;

    /** Makes connections of one protocol. */
    public interface Protocol {
        /** The connection of a client that was let in. */
        StreamConnection connect(StreamServer server, ChannelHandlerContext socket, String peer);

        /** A negative number of its own, by which its listeners find the same free port. */
        int sharedPort();

        /** The setting with its port. */
        String portSetting();

        /** What a client is told for whom there is no room. */
        String full();
    }

    private final Vertx vertx;
    private final Dispatcher dispatcher;
    private final Buffers buffers;
    private final StreamLimits limits;
    private final PeerTimeout peerTimeout;
    private final Protocol protocol;
    private final IntSupplier connectionsOfAllDoors;
    private final Strangers strangers;
    private final Traffic traffic = new Traffic();
    private final Set<StreamConnection> connections = ConcurrentHashMap.newKeySet();
    // Vert.x closes a server that becomes unreachable, so they are held here.
    private final List<NetServer> listeners = new CopyOnWriteArrayList<>();
    private volatile int actualPort;

    public StreamServer(
            Vertx vertx,
            Dispatcher dispatcher,
            Buffers buffers,
            StreamLimits limits,
            Protocol protocol,
            IntSupplier connectionsOfAllDoors) {
        this.vertx = vertx;
        this.dispatcher = dispatcher;
        this.buffers = buffers;
        this.limits = limits;
        this.peerTimeout = new PeerTimeout(limits.peerTimeout());
        this.protocol = protocol;
        this.connectionsOfAllDoors = connectionsOfAllDoors;
        this.strangers = new Strangers(protocol.portSetting(), LOG::warn, System::nanoTime);
    }

    /** Starts to listen with this many event loops; completes with the port. */
    public Future<Integer> listen(String host, int port, int eventLoops) {
        return vertx.deployVerticle(() -> new Listener(host, port), new DeploymentOptions().setInstances(eventLoops))
                .map(all -> actualPort);
    }

    /** The port it listens on. */
    public int port() {
        return actualPort;
    }

    /** How many event loops listen. */
    public int eventLoops() {
        return listeners.size();
    }

    /** What went through it. */
    public Traffic traffic() {
        return traffic;
    }

    /** Clients connected now. */
    public Collection<StreamConnection> connections() {
        return Collections.unmodifiableSet(connections);
    }

    /** Takes no new clients, and closes connections once what is unanswered has had time to be answered. */
    public void close(Runnable flush) throws InterruptedException {
        for (NetServer listener : listeners) {
            try {
                listener.close().await(5, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("a listener did not close within 5 s");
            }
        }
        long deadline = System.nanoTime() + ANSWER_NANOS;
        while (System.nanoTime() - deadline < 0 && connections.stream().anyMatch(StreamConnection::hasUnanswered)) {
            flush.run();
            TimeUnit.MILLISECONDS.sleep(1);
        }
        connections.forEach(StreamConnection::disconnect);
    }

    Buffers buffers() {
        return buffers;
    }

    StreamLimits limits() {
        return limits;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Strangers strangers() {
        return strangers;
    }

    void gone(StreamConnection connection) {
        connections.remove(connection);
    }

    private void accept(NetSocket socket) {
        ChannelHandlerContext context = ((NetSocketInternal) socket).channelHandlerContext();
        String peer = String.valueOf(socket.remoteAddress());
        peerTimeout.watch(context.channel());
        if (connectionsOfAllDoors.getAsInt() >= limits.maxConnections()) {
            traffic.refused();
            LOG.warn(
                    "refused {}: the node has {} connections already (server.max-connections)",
                    peer,
                    limits.maxConnections());
            context.writeAndFlush(ByteBufUtil.encodeString(
                            context.alloc(), CharBuffer.wrap(protocol.full()), StandardCharsets.US_ASCII))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        traffic.accepted();
        StreamConnection connection = protocol.connect(this, context, peer);
        connections.add(connection);
        context.pipeline().addBefore("handler", "distcache", connection.handler());
    }

    /** One event loop's share of the connections. */
    private final class Listener extends VerticleBase {
        private final String host;
        private final int port;

        Listener(String host, int port) {
            this.host = host;
            this.port = port;
        }

        @Override
        public Future<?> start() {
            NetServerOptions options = new NetServerOptions()
                    .setHost(host)
                    // To Vert.x 0 is a free port for each listener, a negative number one that all share who say it; -1
                    // is
                    // the native door's.
                    .setPort(port == 0 ? protocol.sharedPort() : port)
                    .setTcpNoDelay(true)
                    .setAcceptBacklog(ACCEPT_BACKLOG)
                    .setReuseAddress(true);
            Promise<Void> listening = Promise.promise();
            NetServer started = vertx.createNetServer(options).connectHandler(StreamServer.this::accept);
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
