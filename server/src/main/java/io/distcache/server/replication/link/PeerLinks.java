package io.distcache.server.replication.link;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Secret;
import io.distcache.server.consensus.Peers;
import io.distcache.server.frontdoor.peer.PeerTimeout;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.tls.NodeTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's connections with the other members of its replicated pool: one that it makes to each, on which its messages go out, and one that each
 * makes to it. Both ends show that they know the pool's secret ({@link PeerFrame}).
 *
 * <pre>
 *  consensus  -- send, flush -->  OutgoingLink  ----------------->  the other's port, its PeerDoor, IncomingLink  -- received -->  consensus
 * </pre>
 *
 * <p>Thread-safe, save what {@link Peers} says of the consensus loop.
 */
public final class PeerLinks implements Peers, PeerDoor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);
    private static final long MOST_WAITING_BYTES = 64 << 20;
    private static final int DIAL_MILLIS = 2_000;
    private static final Duration GONE_AFTER = Duration.ofSeconds(5);

    private final long pool;
    private final int self;
    private final List<Address> members;
    private final @Nullable NodeTls tls;
    private final RaftLoop loop;
    private final boolean adopts;
    private final int mostFrameBytes;
    private final long mostWaitingBytes;
    private final SecretHash hash;
    private final SecureRandom random = new SecureRandom();
    private final PeerTimeout peerTimeout = new PeerTimeout(GONE_AFTER);
    private final Strangers strangers = new Strangers("server.port", LOG::warn, System::nanoTime);
    private final NetClient client;
    private final @Nullable OutgoingLink[] outgoing;
    private final AtomicLong refused = new AtomicLong();
    private volatile Receiver receiver = (peer, connection, frame) -> {};

    /** The newest connection of each member. Guarded by itself. */
    private final Map<Integer, IncomingLink> incoming = new HashMap<>();

    private long connections;
    private boolean closed;

    /**
     * Links of a node that connects to nobody yet.
     *
     * @param pool the pool's number, the same on all members
     * @param self this node's number, its place among the members
     * @param members where each listens
     * @param secret what only members know
     * @param tls encrypts connections to the others, if the port for clients is encrypted; else null
     * @param loop on which frames are told
     * @param mostMessageBytes the longest message that another may send
     */
    public PeerLinks(
            Vertx vertx,
            long pool,
            int self,
            List<Address> members,
            Secret secret,
            @Nullable NodeTls tls,
            RaftLoop loop,
            int mostMessageBytes) {
        this(vertx, pool, self, members, secret, tls, loop, mostMessageBytes, MOST_WAITING_BYTES);
    }

    PeerLinks(
            Vertx vertx,
            long pool,
            int self,
            List<Address> members,
            Secret secret,
            @Nullable NodeTls tls,
            RaftLoop loop,
            int mostMessageBytes,
            long mostWaitingBytes) {
        this.pool = pool;
        this.self = self;
        this.members = List.copyOf(members);
        this.tls = tls;
        this.loop = loop;
        this.adopts = loop.canServe((VertxInternal) vertx);
        this.mostFrameBytes = PeerFrame.HEADER_BYTES + mostMessageBytes;
        this.mostWaitingBytes = mostWaitingBytes;
        this.hash = new SecretHash(secret);
        this.client =
                vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(DIAL_MILLIS));
        this.outgoing = new OutgoingLink[members.size()];
        for (int peer = 0; peer < outgoing.length; peer++) {
            outgoing[peer] = peer == self
                    ? null
                    : new OutgoingLink(
                            this, loop.contextFor((VertxInternal) vertx), client, peer, this.members.get(peer));
        }
    }

    /** Connects to the others, again and again. */
    public void start() {
        for (OutgoingLink link : outgoing) {
            if (link != null) {
                link.begin();
            }
        }
    }

    // --- what the consensus asks

    @Override
    public void send(int peer, byte[] frame) {
        Outflow open = outflow(peer);
        if (open != null) {
            open.send(frame);
        }
    }

    @Override
    public void flush() {
        for (int peer = 0; peer < outgoing.length; peer++) {
            Outflow open = outflow(peer);
            if (open != null) {
                open.flush();
            }
        }
    }

    @Override
    public boolean isConnected(int peer) {
        return outflow(peer) != null;
    }

    private @Nullable Outflow outflow(int peer) {
        OutgoingLink link = peer < 0 || peer >= outgoing.length ? null : outgoing[peer];
        return link == null ? null : link.outflow();
    }

    @Override
    public void receiver(Receiver to) {
        receiver = to;
    }

    // --- who comes

    @Override
    public void accepted(ChannelHandlerContext socket, String from, byte[] bytes) {
        PeerFrame.Hello hello;
        try {
            hello = PeerFrame.hello(Unpooled.wrappedBuffer(bytes));
        } catch (ProtocolException e) {
            refuse(socket, from, String.valueOf(e.getMessage()));
            return;
        }
        String why = refusal(hello);
        if (why != null) {
            refuse(socket, from, why);
        } else {
            IncomingLink.begin(this, socket, from, hello);
        }
    }

    private @Nullable String refusal(PeerFrame.Hello hello) {
        if (hello.version() != PeerFrame.VERSION) {
            return "it speaks version " + hello.version() + " of the members' protocol, and this node version "
                    + PeerFrame.VERSION + "; have all members run versions of DistCache that go together";
        }
        if (hello.pool() != pool) {
            return String.format("it is a member of pool %016x, and this node of %016x", hello.pool(), pool);
        }
        if (hello.to() != self || hello.from() == self || hello.from() >= members.size()) {
            return "it is member " + hello.from() + " and looks for member " + hello.to() + "; this node is member "
                    + self + " of " + members.size() + ". Are the addresses of the members the same everywhere?";
        }
        return null;
    }

    private void refuse(ChannelHandlerContext socket, String from, String why) {
        refused(from, why);
        IncomingLink.refuse(socket, why);
    }

    void refused(String from, String why) {
        refused.incrementAndGet();
        strangers.closed(from + ", which comes as a member of a pool,", why);
    }

    /** How many connections that came as members' were refused. */
    public long refused() {
        return refused.get();
    }

    /** Counts a connection, which ends the one before of the same member. Returns its number. */
    long letIn(IncomingLink link) {
        IncomingLink before;
        long number;
        boolean over;
        synchronized (incoming) {
            number = ++connections;
            before = incoming.put(link.from(), link);
            over = closed;
        }
        if (before != null) {
            before.end();
        }
        if (over) {
            link.end();
        }
        return number;
    }

    void gone(IncomingLink link) {
        synchronized (incoming) {
            incoming.remove(link.from(), link);
        }
    }

    /** Whether the consensus loop can read connections itself. */
    boolean adopts() {
        return adopts;
    }

    /** The consensus loop reads a connection from now on. On the connection's event loop. */
    void adopt(Channel channel) {
        loop.adopt(channel);
    }

    void received(int peer, long connection, List<byte[]> messages, Runnable after) {
        if (loop.isHere()) {
            receive(peer, connection, messages, after);
        } else {
            loop.execute(() -> receive(peer, connection, messages, after));
        }
    }

    private void receive(int peer, long connection, List<byte[]> messages, Runnable after) {
        try {
            for (byte[] message : messages) {
                receiver.received(peer, connection, message);
            }
        } finally {
            after.run();
        }
    }

    // --- for the links

    PeerFrame.Hello hello(int peer) {
        return new PeerFrame.Hello(PeerFrame.VERSION, pool, self, peer, Bytes.of(nonce()));
    }

    byte[] nonce() {
        byte[] nonce = new byte[SecretHash.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    SecretHash hash() {
        return hash;
    }

    int mostFrameBytes() {
        return mostFrameBytes;
    }

    long mostWaitingBytes() {
        return mostWaitingBytes;
    }

    Outflow outflow(ChannelHandlerContext socket) {
        return new Outflow(socket, mostWaitingBytes);
    }

    void watch(Channel channel) {
        peerTimeout.watch(channel);
    }

    @Nullable
    SslHandler encryption(ByteBufAllocator allocator, Address address) {
        return tls == null ? null : tls.newPeerHandler(allocator, address.host(), address.port());
    }

    /** Ends all connections, and makes none any more. */
    @Override
    public void close() {
        for (OutgoingLink link : outgoing) {
            if (link != null) {
                link.close();
            }
        }
        List<IncomingLink> open;
        synchronized (incoming) {
            closed = true;
            open = List.copyOf(incoming.values());
        }
        open.forEach(IncomingLink::end);
        client.close();
    }
}
