package io.distcache.server.frontdoor.stream;

import io.distcache.server.access.Caller;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.frontdoor.Door;
import io.distcache.server.frontdoor.Listener;
import io.distcache.server.frontdoor.Newcomers;
import io.distcache.server.memory.Buffers;
import io.distcache.server.tls.NodeTls;
import io.distcache.server.tls.PeerCertificate;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clients of one door whose protocol has no request ids. Thread-safe. */
public final class StreamServer {
    private static final Logger LOG = LoggerFactory.getLogger(StreamServer.class);
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

        /** What a client is told that is not let in because of what the message says. */
        String refusal(String message);
    }

    private final Dispatcher dispatcher;
    private final Buffers buffers;
    private final StreamLimits limits;
    private final ConnectionLimit limit;
    private final Listener listener;
    private final Protocol protocol;
    private final Strangers strangers;
    private final Traffic traffic = new Traffic();
    private final Set<StreamConnection> connections = ConcurrentHashMap.newKeySet();

    /**
     * A server that does not listen yet.
     *
     * @param tls encrypts connections; null if they are plain
     */
    public StreamServer(
            Vertx vertx,
            Dispatcher dispatcher,
            Buffers buffers,
            StreamLimits limits,
            Protocol protocol,
            ConnectionLimit limit,
            @Nullable NodeTls tls) {
        this.dispatcher = dispatcher;
        this.buffers = buffers;
        this.limits = limits;
        this.limit = limit;
        this.listener = new Listener(vertx, new Entrance(), limit, limits.peerTimeout(), tls);
        this.protocol = protocol;
        this.strangers = new Strangers(protocol.portSetting(), LOG::warn, System::nanoTime);
    }

    /** Starts to listen with this many event loops; completes with the port. */
    public Future<Integer> listen(String host, int port, int eventLoops) {
        return listener.listen(host, port, eventLoops);
    }

    /** The port it listens on. */
    public int port() {
        return listener.port();
    }

    /** How many event loops listen. */
    public int eventLoops() {
        return listener.eventLoops();
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
        listener.close();
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
        if (connections.remove(connection)) {
            limit.leave();
        }
    }

    /** Connects the clients that come to the port. */
    private final class Entrance implements Door, Door.Loop {
        @Override
        public Door.Loop begin() {
            return this;
        }

        @Override
        public int sharedPort() {
            return protocol.sharedPort();
        }

        @Override
        public void refuse(ChannelHandlerContext socket, Refusal why, String message) {
            traffic.refused();
            String said = switch (why) {
                case FULL -> protocol.full();
                case STOPPING, PLAIN -> protocol.refusal(message);
            };
            socket.writeAndFlush(
                            ByteBufUtil.encodeString(socket.alloc(), CharBuffer.wrap(said), StandardCharsets.US_ASCII))
                    .addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void turnedAway(String peer, String why) {
            strangers.closed(peer, why);
        }

        @Override
        public void connect(ChannelHandlerContext socket, String peer, Newcomers.Newcomer newcomer) {
            traffic.accepted();
            StreamConnection connection = protocol.connect(StreamServer.this, socket, peer);
            connections.add(connection);
            socket.pipeline().addBefore("handler", "distcache", connection.handler());
            if (dispatcher.access().isOpen()) {
                newcomer.leave();
            } else {
                connection.session().whenKnown(newcomer::leave);
                expectLogin(socket, connection);
                letInByCertificate(socket, peer, connection);
            }
        }

        /** A client whose certificate the node trusts is the user of the certificate's name, if there is one; else it may still say who it is. */
        private void letInByCertificate(ChannelHandlerContext socket, String peer, StreamConnection connection) {
            String name = PeerCertificate.name(socket.pipeline());
            if (name != null) {
                String setting = protocol.portSetting();
                Caller caller = Caller.at(setting.substring(0, setting.indexOf('.')), peer);
                connection.session().unsaid(() -> dispatcher.access().certified(caller, name));
            }
        }

        /** A client that does not say who it is has a place that others want. */
        private void expectLogin(ChannelHandlerContext socket, StreamConnection connection) {
            long millis = limits.loginTimeout().toMillis();
            ScheduledFuture<?> unused = socket.executor()
                    .schedule(
                            () -> {
                                if (connection.session().principal() == null) {
                                    connection
                                            .end()
                                            .refuseAsStranger("it did not say who it is within " + millis
                                                    + "ms (server.handshake-timeout)");
                                }
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        }
    }
}
