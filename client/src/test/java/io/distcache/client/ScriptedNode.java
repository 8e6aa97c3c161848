package io.distcache.client;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
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
import io.distcache.protocol.frame.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A node that does what a test says. Knows just enough by itself to open caches and to keep entries in a map; {@link #script}
 * answers first. One plain thread per connection.
 */
final class ScriptedNode implements AutoCloseable {

    /** Answers a command, or returns false to leave it to the node. */
    interface Script {
        boolean answer(Peer peer, int request, Command command) throws IOException;
    }

    /** One connection as the node sees it. */
    static final class Peer {
        private final Socket socket;
        final List<Command> received = new CopyOnWriteArrayList<>();
        final Map<Integer, CacheDefinition> handles = new ConcurrentHashMap<>();
        volatile Hello.Client hello;

        Peer(Socket socket) {
            this.socket = socket;
        }

        void reply(int request, Reply reply) throws IOException {
            ByteBuf out = Unpooled.buffer();
            FrameEncoder.encode(reply, request, out);
            send(out);
        }

        void push(Push push) throws IOException {
            ByteBuf out = Unpooled.buffer();
            FrameEncoder.encode(push, out);
            send(out);
        }

        synchronized void send(ByteBuf bytes) throws IOException {
            bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
            socket.getOutputStream().flush();
        }

        void hangUp() throws IOException {
            socket.close();
        }

        /** Whether the connection has ended, from either side. */
        boolean isClosed() {
            return socket.isClosed();
        }
    }

    final List<Peer> peers = new CopyOnWriteArrayList<>();
    final Map<String, CacheDefinition> caches = new ConcurrentHashMap<>();
    final Map<Bytes, Bytes> entries = new ConcurrentHashMap<>();
    volatile Hello.Node hello = new Hello.Node(Hello.VERSION, 0, "scripted", 1, 1 << 20, 4096, 30_000);
    volatile Reply.Failure refusal;
    volatile boolean silentHello;
    /** Whether it reports at the interval that clients ask for, and not only once. */
    volatile boolean reports;

    volatile HealthReport.State state = HealthReport.State.SERVING;
    volatile Membership membership = Membership.NONE;
    volatile Script script = (peer, request, command) -> false;
    private final int port;
    private volatile ServerSocket server;
    private volatile boolean closed;

    ScriptedNode() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        port = server.getLocalPort();
        start("scripted-accept", () -> acceptAll(server));
    }

    NodeAddress address() {
        return new NodeAddress("127.0.0.1", port);
    }

    Peer peer() {
        return peers.get(peers.size() - 1);
    }

    /** Closes the listening socket and all connections: as after kill -9. */
    void stop() throws IOException {
        server.close();
        for (Peer peer : peers) {
            peer.hangUp();
        }
    }

    /** Listens again on the same port, with another incarnation. */
    void restart() throws IOException {
        hello = new Hello.Node(
                hello.version(),
                0,
                hello.node(),
                hello.incarnation() + 1,
                hello.maxFrameBytes(),
                hello.maxInFlight(),
                hello.maxLeaseMillis());
        ServerSocket again = new ServerSocket();
        again.setReuseAddress(true);
        bind(again);
        server = again;
        start("scripted-accept", () -> acceptAll(again));
    }

    /** The port may have been lent to somebody's outgoing connection meanwhile. */
    private void bind(ServerSocket socket) throws IOException {
        for (int tries = 100; ; tries--) {
            try {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (BindException e) {
                if (tries == 0) {
                    throw e;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        stop();
    }

    static HealthReport health(HealthReport.State state) {
        return HealthReport.in(state)
                .node("scripted")
                .incarnation(1)
                .with(Figure.UPTIME_MILLIS, 1)
                .with(Figure.ENTRIES, 2)
                .with(Figure.BYTES, 3)
                .with(Figure.MAX_BYTES, 4)
                .with(Figure.CONNECTIONS, 5)
                .with(Figure.OPERATIONS, 6)
                .with(Figure.EVICTIONS, 7)
                .with(Figure.SNAPSHOT_MILLIS, -1)
                .build();
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                Socket socket = from.accept();
                socket.setTcpNoDelay(true);
                Peer peer = new Peer(socket);
                peers.add(peer);
                start("scripted-peer", () -> serve(peer));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Peer peer) {
        ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
        FrameReader reader = new FrameReader(allocator, 64 << 20);
        byte[] chunk = new byte[64 << 10];
        try (Socket socket = peer.socket;
                InputStream in = socket.getInputStream()) {
            int read;
            while ((read = in.read(chunk)) >= 0) {
                ByteBuf bytes = Unpooled.copiedBuffer(chunk, 0, read);
                reader.read(bytes, (type, request, body) -> frame(peer, type, request, body));
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            // The client or the test has closed the socket.
        } finally {
            reader.close();
        }
    }

    private void frame(Peer peer, int type, int request, ByteBuf body) {
        try {
            if (type == FrameEncoder.HELLO_CLIENT) {
                greet(peer, FrameDecoder.clientHello(body));
                return;
            }
            Command command = FrameDecoder.command(type, body);
            peer.received.add(command);
            if (!script.answer(peer, request, command)) {
                Reply reply = reply(peer, command);
                if (reply != null) {
                    peer.reply(request, reply);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void greet(Peer peer, Hello.Client said) throws IOException {
        peer.hello = said;
        if (silentHello) {
            return;
        }
        Reply.Failure refused = refusal;
        if (refused != null) {
            peer.reply(0, refused);
            peer.hangUp();
            return;
        }
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(hello, out);
        FrameEncoder.encode(new Push.Health(health(state)), out);
        peer.send(out);
        if (reports && said.healthMillis() > 0) {
            start("scripted-reports", () -> report(peer, said.healthMillis()));
        }
    }

    private void report(Peer peer, int everyMillis) {
        try {
            while (!peer.isClosed()) {
                LockSupport.parkNanos(everyMillis * 1_000_000L);
                if (reports) {
                    peer.push(new Push.Health(health(state)));
                }
            }
        } catch (IOException e) {
            // The connection has ended.
        }
    }

    private Reply reply(Peer peer, Command command) {
        return switch (command.opcode()) {
            case OPEN_CACHE -> open(peer, (Command.OpenCache) command);
            case CLOSE_CACHE, SUBSCRIBE, PING, CLEAR, TOUCH_ALL -> Reply.Ok.INSTANCE;
            case DESTROY_CACHE ->
                caches.remove(((Command.DestroyCache) command).name()) == null
                        ? new Reply.Failure(Status.NO_SUCH_CACHE, "never created")
                        : Reply.Ok.INSTANCE;
            case LIST_CACHES -> new Reply.Caches(List.copyOf(caches.values()));
            case GET -> {
                Bytes value = entries.get(((Command.Get) command).key());
                yield value == null ? Reply.Miss.INSTANCE : new Reply.Value(1, value);
            }
            case PUT -> {
                Command.Put put = (Command.Put) command;
                Bytes old = entries.put(put.key(), put.value());
                yield new Reply.Changed(old != null, true, 1, null);
            }
            case SIZE -> new Reply.Count(entries.size());
            case ACK -> null;
            case POOL -> {
                Membership told = ((Command.Pool) command).membership();
                membership = told.isNewerThan(membership) ? told : membership;
                yield new Reply.Members(membership);
            }
            case AWAY, HANDED_OVER -> new Reply.Hints(List.of());
            case STANDING -> new Reply.Standing(false, List.of(), false, 1000, List.of());
            default -> new Reply.Failure(Status.BAD_REQUEST, "not scripted");
        };
    }

    private Reply open(Peer peer, Command.OpenCache open) {
        CacheDefinition wanted = open.definition();
        CacheDefinition present = caches.get(wanted.name());
        if (peer.handles.containsKey(open.cache())) {
            return new Reply.Failure(Status.BAD_REQUEST, "handle " + open.cache() + " is in use");
        } else if (present == null && !open.create()) {
            return new Reply.Failure(Status.NO_SUCH_CACHE, "never created");
        } else if (present != null
                && open.create()
                && !wanted.differences(present).isEmpty()) {
            return new Reply.Failure(
                    Status.DEFINITION_DIFFERS, wanted.differences(present).toString());
        }
        caches.putIfAbsent(wanted.name(), wanted);
        peer.handles.put(open.cache(), wanted);
        return new Reply.Opened(present == null, present == null ? wanted : present);
    }

    boolean isClosed() {
        return closed;
    }
}
