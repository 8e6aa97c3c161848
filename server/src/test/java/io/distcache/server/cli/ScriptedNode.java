package io.distcache.server.cli;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A port that greets as a node does and answers POOL as a test says; without data. Thread-safe. */
final class ScriptedNode implements AutoCloseable {
    private static final AtomicLong INCARNATIONS = new AtomicLong(1000);

    private final ServerSocket socket;
    private final long incarnation = INCARNATIONS.incrementAndGet();
    private final Set<Socket> peers = ConcurrentHashMap.newKeySet();
    private final List<Command.Pool> told = new CopyOnWriteArrayList<>();
    private volatile Membership membership = Membership.NONE;
    private volatile HealthReport.State state = HealthReport.State.SERVING;
    private volatile @Nullable Reply scripted;
    private volatile boolean silent;
    private volatile String notReady = "";

    ScriptedNode() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    static ScriptedNode knowing(Membership membership) throws IOException {
        ScriptedNode node = new ScriptedNode();
        node.membership = membership;
        return node;
    }

    /** By which it calls itself, too. */
    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    int port() {
        return socket.getLocalPort();
    }

    void knows(Membership known) {
        membership = known;
    }

    Membership membership() {
        return membership;
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
        state = now;
    }

    /** Answers this instead, when it is told of a pool. */
    void answers(Reply reply) {
        scripted = reply;
    }

    /** From now on it takes connections, and says nothing. */
    void fallsSilent() {
        silent = true;
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "scripted-node-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket peer = socket.accept();
                peers.add(peer);
                start("peer", () -> serve(peer));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket peer) {
        try (peer) {
            DataInputStream in = new DataInputStream(peer.getInputStream());
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                if (silent) {
                    continue;
                }
                ByteBuf body = Unpooled.wrappedBuffer(frame);
                int type = body.readUnsignedByte();
                int request = body.readInt();
                ByteBuf out = Unpooled.buffer();
                if (type == FrameEncoder.HELLO_CLIENT) {
                    FrameEncoder.encode(
                            new Hello.Node(Hello.VERSION, 0, address(), incarnation, 1 << 20, 100, 1000), out);
                    FrameEncoder.encode(new Push.Health(report()), out);
                } else {
                    FrameEncoder.encode(reply(FrameDecoder.command(type, body)), request, out);
                }
                peer.getOutputStream().write(ByteBufUtil.getBytes(out));
            }
        } catch (IOException e) {
            // The tool has gone, or the node.
        }
    }

    private Reply reply(Command command) {
        if (!(command instanceof Command.Pool pool)) {
            return new Reply.Failure(Status.BAD_REQUEST, "not in the script");
        }
        if (!pool.self().isEmpty()) {
            told.add(pool);
            Reply instead = scripted;
            if (instead instanceof Reply.Members members) {
                membership = members.membership();
            }
            if (instead != null) {
                return instead;
            }
        }
        String far = pool.membership().whyFarFrom(membership);
        if (far != null) {
            return new Reply.Failure(Status.BAD_REQUEST, far);
        }
        if (pool.membership().isNewerThan(membership)) {
            membership = pool.membership();
        }
        return new Reply.Members(membership);
    }

    HealthReport report() {
        return HealthReport.in(state)
                .cause(state == HealthReport.State.READ_ONLY ? "No space left on device" : "")
                .progressPercent(state == HealthReport.State.STARTING ? 40 : 0)
                .node(address())
                .incarnation(incarnation)
                .with(Figure.UPTIME_MILLIS, 5_000)
                .with(Figure.ENTRIES, 10)
                .with(Figure.BYTES, 1_000)
                .with(Figure.MAX_BYTES, 10_000)
                .with(Figure.CONNECTIONS, peers.size())
                .with(Figure.OPERATIONS, 100)
                .with(Figure.SNAPSHOT_MILLIS, -1)
                .version("1.0")
                .with(Figure.HITS, 3)
                .with(Figure.MISSES, 1)
                .with(Figure.HEAP_BYTES, 1 << 20)
                .with(Figure.MAX_HEAP_BYTES, 1 << 30)
                .with(Figure.POOL_EPOCH, membership.epoch())
                .notReady(notReady)
                .build();
    }

    /** Breaks all its connections, and takes new ones. */
    void breaksConnections() throws IOException {
        for (Socket peer : peers) {
            peer.close();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        breaksConnections();
    }
}
