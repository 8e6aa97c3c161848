package io.distcache.testing;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.frame.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands at a node's port in its place, and is none. One thread for each connection. Thread-safe. */
final class Impostor implements AutoCloseable {

    /** What it does to those who connect. */
    enum Manners {
        ACCEPTS_AND_IS_SILENT,
        GREETS_AND_IS_SILENT,
        GREETS_AND_REPORTS,
        OPENS_CACHES_AND_REPORTS,
        SENDS_RANDOM_BYTES,
        SENDS_RANDOM_BYTES_AFTER_ITS_HELLO,
        ANSWERS_AS_A_WEB_SERVER,
        ANNOUNCES_A_GIANT_FRAME,
        HALF_CLOSES,
        HALF_CLOSES_AFTER_ITS_HELLO,
        CLOSES_AT_ONCE
    }

    /** One who connected, and when. */
    record Visit(String client, long nanos) {}

    private static final int REPORT_MILLIS = 500;

    private final Manners manners;
    private final Random random;
    private final ServerSocket server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Queue<Visit> visits = new ConcurrentLinkedQueue<>();

    /** Takes the port; nobody must listen there any more. */
    Impostor(int port, Manners manners, long seed) {
        this.manners = manners;
        this.random = new Random(seed);
        this.server = listen(port);
        start(this::accept);
    }

    /** The port may have been lent to somebody's outgoing connection meanwhile. */
    private static ServerSocket listen(int port) {
        for (int tries = 100; ; tries--) {
            try {
                ServerSocket socket = new ServerSocket();
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return socket;
            } catch (BindException e) {
                if (tries == 0) {
                    throw new UncheckedIOException(e);
                }
                PoolChecks.pause(20);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Who connected and said so; by {@link Manners#CLOSES_AT_ONCE} only after their hello. */
    List<Visit> visits() {
        return List.copyOf(visits);
    }

    private void start(Runnable work) {
        Thread thread = new Thread(work, "impostor");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                socket.setTcpNoDelay(true);
                start(() -> meet(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void meet(Socket socket) {
        try (socket) {
            behave(socket);
        } catch (IOException | UncheckedIOException e) {
            // The client has had enough, or the test has.
        } finally {
            sockets.remove(socket);
            threads.remove(Thread.currentThread());
        }
    }

    private void behave(Socket socket) throws IOException {
        switch (manners) {
            case ACCEPTS_AND_IS_SILENT -> readOn(socket, null);
            case GREETS_AND_IS_SILENT -> readOn(socket, (type, request, body) -> greet(socket, type, body));
            case GREETS_AND_REPORTS -> {
                start(() -> report(socket));
                readOn(socket, (type, request, body) -> greet(socket, type, body));
            }
            case OPENS_CACHES_AND_REPORTS -> {
                start(() -> report(socket));
                readOn(socket, (type, request, body) -> {
                    greet(socket, type, body);
                    open(socket, type, request, body);
                });
            }
            case SENDS_RANDOM_BYTES -> {
                send(socket, randomBytes());
                readOn(socket, null);
            }
            case SENDS_RANDOM_BYTES_AFTER_ITS_HELLO ->
                readOn(socket, (type, request, body) -> {
                    greet(socket, type, body);
                    send(socket, randomBytes());
                });
            case ANSWERS_AS_A_WEB_SERVER -> {
                String answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                send(socket, Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
                readOn(socket, null);
            }
            case ANNOUNCES_A_GIANT_FRAME ->
                readOn(socket, (type, request, body) -> {
                    greet(socket, type, body);
                    send(socket, Unpooled.buffer().writeInt(Integer.MAX_VALUE).writeByte(0x42));
                });
            case HALF_CLOSES -> {
                socket.shutdownOutput();
                readOn(socket, null);
            }
            case HALF_CLOSES_AFTER_ITS_HELLO ->
                readOn(socket, (type, request, body) -> {
                    greet(socket, type, body);
                    end(socket);
                });
            case CLOSES_AT_ONCE ->
                readOn(socket, (type, request, body) -> {
                    visited(type, body);
                    close(socket);
                });
        }
    }

    private static void readOn(Socket socket, FrameReader.Sink sink) throws IOException {
        FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT, 64 << 20);
        byte[] chunk = new byte[64 << 10];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                if (sink != null) {
                    reader.read(Unpooled.copiedBuffer(chunk, 0, n), sink);
                }
            }
        } finally {
            reader.close();
        }
    }

    private void visited(int type, ByteBuf body) {
        if (type == FrameEncoder.HELLO_CLIENT) {
            visits.add(new Visit(FrameDecoder.clientHello(body).client(), System.nanoTime()));
        }
    }

    private void greet(Socket socket, int type, ByteBuf body) {
        if (type == FrameEncoder.HELLO_CLIENT) {
            visited(type, body);
            ByteBuf out = Unpooled.buffer();
            FrameEncoder.encode(new Hello.Node(Hello.VERSION, 0, "impostor", 1, 1 << 20, 4096, 30_000), out);
            FrameEncoder.encode(new Push.Health(health()), out);
            send(socket, out);
        }
    }

    private static void open(Socket socket, int type, int request, ByteBuf body) {
        if (type == FrameEncoder.HELLO_CLIENT) {
            return;
        }
        Command command = FrameDecoder.command(type, body);
        if (command instanceof Command.OpenCache open) {
            CacheDefinition definition = open.definition();
            ByteBuf out = Unpooled.buffer();
            FrameEncoder.encode(new Reply.Opened(open.create(), definition), request, out);
            send(socket, out);
        }
    }

    private static HealthReport health() {
        return HealthReport.in(HealthReport.State.SERVING)
                .progressPercent(100)
                .node("impostor")
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

    private void report(Socket socket) {
        try {
            while (true) {
                PoolChecks.pause(REPORT_MILLIS);
                ByteBuf out = Unpooled.buffer();
                FrameEncoder.encode(new Push.Health(health()), out);
                send(socket, out);
            }
        } catch (UncheckedIOException e) {
            // The connection has ended.
        } finally {
            threads.remove(Thread.currentThread());
        }
    }

    private ByteBuf randomBytes() {
        byte[] bytes = new byte[4096];
        synchronized (random) {
            random.nextBytes(bytes);
        }
        return Unpooled.wrappedBuffer(bytes);
    }

    private static void send(Socket socket, ByteBuf bytes) {
        try {
            synchronized (socket) {
                bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
                socket.getOutputStream().flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves the port, ends all connections and waits for their threads. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sockets.forEach(Impostor::close);
        for (Thread thread : threads) {
            try {
                thread.join(2000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
