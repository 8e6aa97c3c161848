package io.distcache.benchmarks.echo;

import io.distcache.protocol.Bytes;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The echo's server process: a ConcurrentHashMap behind a socket. Prints {@code ready HOST:PORT} and runs until killed. */
public final class EchoServer {
    private final Map<Bytes, byte[]> map = new ConcurrentHashMap<>();

    private EchoServer() {}

    public static void main(String[] args) throws Exception {
        EchoServer echo = new EchoServer();
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        NetServer server = vertx.createNetServer(
                        new NetServerOptions().setHost("127.0.0.1").setPort(0).setTcpNoDelay(true))
                .connectHandler(echo::serve)
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        try {
            System.out.println("ready 127.0.0.1:" + server.actualPort());
            new CountDownLatch(1).await();
        } finally {
            // Vert.x closes a server that becomes unreachable.
            Reference.reachabilityFence(server);
        }
    }

    private void serve(NetSocket socket) {
        EchoFrames frames = new EchoFrames();
        socket.handler(arrived -> {
            // All requests of one read are answered by one write.
            Buffer replies = Buffer.buffer(1024);
            frames.accept(arrived, frame -> answer(frame, replies));
            var written = socket.write(replies);
            if (written.failed()) {
                socket.close();
            }
        });
    }

    private void answer(ByteBuffer frame, Buffer replies) {
        int start = replies.length();
        replies.appendInt(0);
        switch (frame.get()) {
            case EchoFrames.GET, EchoFrames.GET_MANY -> {
                while (frame.hasRemaining()) {
                    append(replies, map.get(Bytes.of(EchoFrames.field(frame))));
                }
            }
            case EchoFrames.PUT, EchoFrames.PUT_MANY -> {
                while (frame.hasRemaining()) {
                    map.put(Bytes.of(EchoFrames.field(frame)), EchoFrames.field(frame));
                }
            }
            case EchoFrames.INCREMENT ->
                map.merge(Bytes.of(EchoFrames.field(frame)), count(1), (was, one) -> count(count(was) + 1));
            case EchoFrames.CLEAR -> map.clear();
            default -> throw new IllegalStateException("unknown opcode");
        }
        replies.setInt(start, replies.length() - start - Integer.BYTES);
    }

    private static void append(Buffer replies, byte @Nullable [] value) {
        if (value == null) {
            replies.appendInt(EchoFrames.ABSENT);
        } else {
            replies.appendInt(value.length).appendBytes(value);
        }
    }

    private static byte[] count(long count) {
        return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
    }

    private static long count(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }
}
