package io.distcache.benchmarks.echo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The echo's client: all callers share one connection. A caller queues its frame and wakes the event loop unless that is
 * awake already; the loop writes everything queued at once, and a reply unparks its caller directly. Thread-safe.
 */
public final class EchoClient implements AutoCloseable {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Vertx vertx;
    // Vert.x closes a client that becomes unreachable, with its sockets.
    private final NetClient netClient;
    private final NetSocket socket;
    private final Context context;
    private final EchoFrames frames = new EchoFrames();
    private final Queue<Call> queued = new ConcurrentLinkedQueue<>();
    private final Queue<Call> unanswered = new ArrayDeque<>();
    private final AtomicBoolean awake = new AtomicBoolean();

    private EchoClient(Vertx vertx, NetClient netClient, NetSocket socket, Context context) {
        this.vertx = vertx;
        this.netClient = netClient;
        this.socket = socket;
        this.context = context;
    }

    public static EchoClient connect(String host, int port) {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        NetClient netClient = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
        Context context = vertx.getOrCreateContext();
        CompletableFuture<EchoClient> connected = new CompletableFuture<>();
        context.runOnContext(start -> netClient.connect(port, host).onComplete(result -> {
            if (result.failed()) {
                connected.completeExceptionally(result.cause());
                return;
            }
            EchoClient client = new EchoClient(vertx, netClient, result.result(), context);
            result.result().handler(arrived -> client.frames.accept(arrived, client::answered));
            connected.complete(client);
        }));
        try {
            return connected.get(TIMEOUT_NANOS, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException("no echo at " + host + ":" + port, e);
        }
    }

    public byte @Nullable [] get(String key) {
        return call(EchoFrames.GET, List.of(bytes(key))).next();
    }

    public void put(String key, byte[] value) {
        call(EchoFrames.PUT, List.of(bytes(key), value));
    }

    public void increment(String key) {
        call(EchoFrames.INCREMENT, List.of(bytes(key)));
    }

    public Map<String, byte[]> getAll(Iterable<String> keys) {
        List<byte[]> fields = new ArrayList<>();
        keys.forEach(key -> fields.add(bytes(key)));
        Call call = call(EchoFrames.GET_MANY, fields);
        Map<String, byte[]> found = new HashMap<>();
        for (String key : keys) {
            byte[] value = call.next();
            if (value != null) {
                found.put(key, value);
            }
        }
        return found;
    }

    public void putAll(Map<String, byte[]> entries) {
        List<byte[]> fields = new ArrayList<>();
        entries.forEach((key, value) -> {
            fields.add(bytes(key));
            fields.add(value);
        });
        call(EchoFrames.PUT_MANY, fields);
    }

    public void clear() {
        call(EchoFrames.CLEAR, List.of());
    }

    @Override
    public void close() {
        try {
            netClient
                    .close()
                    .eventually(vertx::close)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(TIMEOUT_NANOS, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException("the echo's client does not close", e);
        }
    }

    private Call call(byte opcode, List<byte[]> fields) {
        Call call = new Call(opcode, fields, Thread.currentThread());
        queued.add(call);
        if (awake.compareAndSet(false, true)) {
            context.runOnContext(this::writeQueued);
        }
        long deadline = System.nanoTime() + TIMEOUT_NANOS;
        while (call.reply == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException("no reply in 30 s");
            }
            LockSupport.parkNanos(this, left);
        }
        return call;
    }

    private void writeQueued(@Nullable Void start) {
        // Cleared first: a caller that queues from here on either is seen below or wakes the loop again.
        awake.set(false);
        Buffer requests = Buffer.buffer(1024);
        for (Call call = queued.poll(); call != null; call = queued.poll()) {
            call.append(requests);
            unanswered.add(call);
        }
        if (requests.length() > 0) {
            socket.write(requests);
        }
    }

    private void answered(ByteBuffer frame) {
        Call call = unanswered.remove();
        byte[] reply = new byte[frame.remaining()];
        frame.get(reply);
        call.reply = ByteBuffer.wrap(reply);
        LockSupport.unpark(call.caller);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(US_ASCII);
    }

    private static final class Call {
        private final byte opcode;
        private final List<byte[]> fields;
        private final Thread caller;
        private volatile @Nullable ByteBuffer reply;

        private Call(byte opcode, List<byte[]> fields, Thread caller) {
            this.opcode = opcode;
            this.fields = fields;
            this.caller = caller;
        }

        private void append(Buffer requests) {
            int length = 1;
            for (byte[] field : fields) {
                length += Integer.BYTES + field.length;
            }
            requests.appendInt(length).appendByte(opcode);
            for (byte[] field : fields) {
                requests.appendInt(field.length).appendBytes(field);
            }
        }

        /** The next field of the reply. */
        private byte @Nullable [] next() {
            ByteBuffer fieldsLeft = reply;
            if (fieldsLeft == null) {
                throw new IllegalStateException("not answered yet");
            }
            int length = fieldsLeft.getInt();
            if (length == EchoFrames.ABSENT) {
                return null;
            }
            byte[] field = new byte[length];
            fieldsLeft.get(field);
            return field;
        }
    }
}
