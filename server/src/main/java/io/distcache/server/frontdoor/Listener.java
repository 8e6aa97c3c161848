package io.distcache.server.frontdoor;

import io.distcache.server.frontdoor.peer.PeerTimeout;
import io.distcache.server.tls.NodeTls;
import io.distcache.server.tls.TlsEntrance;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One port, on which several event loops listen, and whose clients a {@link Door} takes. Here sockets are bound and set up, clients that have
 * vanished are watched for, connections are encrypted, and the limit of connections is kept. Thread-safe.
 */
public final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int ACCEPT_BACKLOG = 1024;
    private static final int CLOSE_SECONDS = 5;
    private static final String STOPPING = "the node is stopping";

    private final Vertx vertx;
    private final Door door;
    private final ConnectionLimit limit;
    private final PeerTimeout peerTimeout;
    private final @Nullable NodeTls tls;
    // Vert.x closes a server that becomes unreachable, so they are held here.
    private final List<NetServer> servers = new CopyOnWriteArrayList<>();
    private volatile int actualPort;

    /**
     * A listener that does not listen yet.
     *
     * @param limit counts the clients of all doors
     * @param peerTimeout how long a client that has vanished without a word keeps its connection; zero for what the system says
     * @param tls encrypts connections; null if the port speaks plain text
     */
    public Listener(Vertx vertx, Door door, ConnectionLimit limit, Duration peerTimeout, @Nullable NodeTls tls) {
        this.vertx = vertx;
        this.door = door;
        this.limit = limit;
        this.peerTimeout = new PeerTimeout(peerTimeout);
        this.tls = tls;
    }

    /** Starts to listen with this many event loops; completes with the port. */
    public Future<Integer> listen(String host, int port, int eventLoops) {
        return vertx.deployVerticle(() -> new Loop(host, port), new DeploymentOptions().setInstances(eventLoops))
                .map(all -> actualPort);
    }

    /** The port it listens on. */
    public int port() {
        return actualPort;
    }

    /** How many event loops listen. */
    public int eventLoops() {
        return servers.size();
    }

    /** Stops listening, and ends all connections that came by this port. */
    public void close() throws InterruptedException {
        for (NetServer server : servers) {
            try {
                server.close().await(CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("a listener did not close within {} s", CLOSE_SECONDS);
            }
        }
    }

    private void accept(NetSocket socket, Door.Loop loop) {
        ChannelHandlerContext context = ((NetSocketInternal) socket).channelHandlerContext();
        String peer = String.valueOf(socket.remoteAddress());
        peerTimeout.watch(context.channel());
        if (tls == null && door.isStopping()) {
            door.refuse(context, Door.Refusal.STOPPING, STOPPING);
            return;
        }
        boolean isClient = limit.enter();
        if (!isClient && !(door.takesMembers() && limit.enterAsMember())) {
            String message = limit.full();
            LOG.warn("refused {}: {}", peer, message);
            if (tls == null) {
                door.refuse(context, Door.Refusal.FULL, message);
            } else {
                // What could be said would have to be encrypted, for clients of any number.
                context.close();
            }
        } else {
            Newcomers.Newcomer newcomer = limit.newcomers()
                    .enter(String.valueOf(socket.remoteAddress().hostAddress()), !isClient, () -> {
                        door.turnedAway(peer, Newcomers.PUSHED_OUT);
                        context.close();
                    });
            context.channel().closeFuture().addListener(closed -> newcomer.leave());
            if (tls == null) {
                loop.connect(context, peer, newcomer);
            } else {
                Encrypting outcome = new Encrypting(context, peer, loop, newcomer);
                context.pipeline().addBefore("handler", "tls-entrance", new TlsEntrance(tls, outcome));
            }
        }
    }

    /** A client whose connection is being encrypted. Confined to its event loop. */
    private final class Encrypting implements TlsEntrance.Outcome {
        private final ChannelHandlerContext context;
        private final String peer;
        private final Door.Loop loop;
        private final Newcomers.Newcomer newcomer;

        Encrypting(ChannelHandlerContext context, String peer, Door.Loop loop, Newcomers.Newcomer newcomer) {
            this.context = context;
            this.peer = peer;
            this.loop = loop;
            this.newcomer = newcomer;
        }

        @Override
        public void encrypted() {
            if (door.isStopping()) {
                limit.leave();
                door.refuse(context, Door.Refusal.STOPPING, STOPPING);
            } else {
                loop.connect(context, peer, newcomer);
            }
        }

        @Override
        public void plain() {
            limit.leave();
            door.turnedAway(peer, "it speaks plain text, and the port TLS (server.tls)");
            door.refuse(context, Door.Refusal.PLAIN, "this port speaks TLS, and the client does not; have it use TLS");
        }

        @Override
        public void failed(String why) {
            limit.leave();
            door.turnedAway(peer, why);
        }

        @Override
        public void ended(String why) {
            door.turnedAway(peer, why);
        }

        @Override
        public void gone() {
            limit.leave();
        }
    }

    /** One event loop's share of the connections. */
    private final class Loop extends VerticleBase {
        private final String host;
        private final int port;

        Loop(String host, int port) {
            this.host = host;
            this.port = port;
        }

        @Override
        public Future<?> start() {
            NetServerOptions options = new NetServerOptions()
                    .setHost(host)
                    // To Vert.x 0 is a free port for each server, a negative number one that all share who say it.
                    .setPort(port == 0 ? door.sharedPort() : port)
                    .setTcpNoDelay(true)
                    .setAcceptBacklog(ACCEPT_BACKLOG)
                    .setReuseAddress(true);
            Door.Loop loop = door.begin();
            NetServer server = vertx.createNetServer(options).connectHandler(socket -> accept(socket, loop));
            servers.add(server);
            return server.listen().onSuccess(listening -> actualPort = listening.actualPort());
        }
    }
}
