package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.protocol.Command;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node in a 256 MiB heap, with its defaults, is given more to hold for its clients than it has memory. A good client beside them has
 * every call answered in under a second, whatever becomes of the others; afterwards nothing is held any more.
 *
 * <p>{@code -Ddistcache.testing.memory-bound=N} makes it N times as long and as many, and
 * {@code -Ddistcache.testing.memory-bound-data=true} lets the node keep its data on disk.
 */
@Alone
class MemoryBoundIT {
    private static final int TIMES = Integer.getInteger("distcache.testing.memory-bound", 1);
    private static final boolean ON_DISK = Boolean.getBoolean("distcache.testing.memory-bound-data");
    private static final int CLIENTS = 20;
    /** As large as such a node takes: what is logged is copied once more. */
    private static final int LARGE = (ON_DISK ? 15 : 23) << 20;

    private static final int TOO_LARGE = 64 << 20;
    private static final byte[] MIB = new byte[1 << 20];
    private static final Duration GOOD = Duration.ofSeconds(1);
    private static final long ABUSE_MILLIS = 800L * TIMES;

    /** One for all: a node takes few connections that ask for its health. */
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private static Path data;

    private static NodeProcess node;
    private static String ready;

    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private GoodClient good;

    @BeforeAll
    static void startNode() {
        node = NodeProcess.start(
                List.of("-Xmx256m", "-XX:+UseG1GC"),
                0,
                "resp.port=0",
                "memcached.port=0",
                "http.port=0",
                "node.trim-idle=0s",
                "lease.max-wait=10s",
                "node.data-dir=" + (ON_DISK ? data : ""));
        ready = node.process().awaitLine(line -> line.startsWith("ready "), Duration.ofSeconds(1));
    }

    @AfterAll
    static void stopNode() {
        node.close();
    }

    @BeforeEach
    void begin() throws IOException {
        // Each begins with an empty node: what the one before has stored would be evicted beside what this one sends.
        Socket redis = connected("resp");
        redis.getOutputStream().write(ascii("*1\r\n$8\r\nFLUSHALL\r\n"));
        assertThat(answer(redis)).startsWith("+OK");
        good = new GoodClient();
    }

    @AfterEach
    void nothing_is_held_and_nothing_was_out_of_memory() throws Exception {
        good.close();
        closeAll();
        for (Thread thread : threads) {
            thread.join(20_000);
        }
        List<String> said = node.process().lines();
        assertThat(said)
                .noneMatch(line -> line.contains("OutOfMemory") || line.contains(" ERROR ") || line.contains("LEAK"));
        eventually(() -> assertThat(figure("bufferedBytes")).isZero());
    }

    // --- requests ---

    @Test
    void twenty_clients_that_store_large_values() {
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
            String key = "large-" + i;
            abuse(() -> {
                RawNative client = opened(new RawNative(node.port()).open("abused"));
                do {
                    client.sendPut(key, LARGE);
                } while (client.reply() != null && answered.incrementAndGet() > 0);
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
        assertThat(answered).hasPositiveValue();
    }

    @Test
    void values_of_64_mib_are_refused_at_once_where_they_do_not_fit() throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            abuse(() -> {
                while (true) {
                    try (RawNative client = new RawNative(node.port()).open("abused")) {
                        client.sendPut("too-large", TOO_LARGE);
                        client.reply();
                    }
                }
            });
        }
        Socket redis = connected("resp");
        redis.getOutputStream().write(ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + TOO_LARGE + "\r\n"));
        assertThat(answer(redis)).startsWith("-ERR Protocol error: invalid bulk length");
        Socket memcached = connected("memcached");
        memcached.getOutputStream().write(ascii("set k 0 0 " + TOO_LARGE + "\r\n"));
        assertThat(answer(memcached)).startsWith("SERVER_ERROR object too large for cache");
        good.staysFor(ABUSE_MILLIS);
    }

    @Test
    void twenty_clients_of_redis_that_store_large_values() {
        for (int i = 0; i < CLIENTS; i++) {
            byte[] head = ascii("*3\r\n$3\r\nSET\r\n$7\r\nlarge-" + (char) ('a' + i) + "\r\n$" + LARGE + "\r\n");
            abuse(() -> {
                while (true) {
                    Socket socket = connected("resp");
                    store(socket, head);
                    assertThat(answer(socket)).matches("\\+OK\r|-OOM .*\r");
                    socket.close();
                }
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
    }

    @Test
    void twenty_clients_of_memcached_that_store_large_values() {
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
            byte[] head = ascii("set large-" + (char) ('a' + i) + " 0 0 " + LARGE + "\r\n");
            abuse(() -> {
                Socket socket = connected("memcached");
                while (true) {
                    store(socket, head);
                    assertThat(answer(socket)).matches("STORED\r|SERVER_ERROR .*\r");
                    answered.incrementAndGet();
                }
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
        assertThat(answered).hasPositiveValue();
    }

    @Test
    void a_hundred_clients_that_do_not_end_what_they_send() throws Exception {
        for (int i = 0; i < 34; i++) {
            // One after the other: a hundred threads at once would keep this process from its own good client.
            long after = 20L * i;
            abuse(() -> {
                PoolChecks.pause(after);
                RawNative client = opened(new RawNative(node.port()).open("abused"));
                client.sendPart(LARGE, LARGE / 2);
                client.reply();
            });
            abuse(() -> {
                PoolChecks.pause(after);
                Socket socket = connected("resp");
                socket.getOutputStream().write(ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + LARGE + "\r\n"));
                for (int n = 0; n < 12; n++) {
                    socket.getOutputStream().write(MIB);
                }
                answer(socket);
            });
            abuse(() -> {
                PoolChecks.pause(after);
                Socket socket = connected("memcached");
                socket.getOutputStream().write(ascii("set k 0 0 " + LARGE + "\r\n"));
                for (int n = 0; n < 12; n++) {
                    socket.getOutputStream().write(MIB);
                }
                answer(socket);
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
    }

    @Test
    void thousands_of_clients_that_have_sent_10_kb_of_a_request() throws Exception {
        byte[] part = new byte[10_000];
        byte[] head = ascii("*2\r\n$4\r\nECHO\r\n$20000\r\n");
        for (int i = 0; i < 1000 * TIMES; i++) {
            Socket socket = connected("resp");
            socket.getOutputStream().write(head);
            socket.getOutputStream().write(part);
        }
        good.staysFor(ABUSE_MILLIS);
        assertThat(figure("bufferedBytes")).isBetween(10_000_000L * TIMES, 40_000_000L * TIMES);
    }

    @Test
    void transactions_that_are_queued_and_never_run() {
        byte[] set = ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + "v".repeat(1_000_000) + "\r\n");
        for (int i = 0; i < CLIENTS; i++) {
            abuse(() -> {
                Socket socket = connected("resp");
                socket.getOutputStream().write(ascii("*1\r\n$5\r\nMULTI\r\n"));
                for (int n = 0; n < 60; n++) {
                    socket.getOutputStream().write(set);
                }
                answer(socket);
                socket.getInputStream().read(new byte[1 << 20]);
                socket.getInputStream().read();
            });
        }
        good.staysFor(ABUSE_MILLIS);
    }

    // --- commands that wait ---

    @Test
    void two_hundred_and_fifty_large_puts_behind_one_lease() throws Exception {
        RawNative holder = opened(new RawNative(node.port()).open("abused"));
        assertThat(holder.call(new Command.Lease(0, RawNative.key("leased"), false, 30_000)))
                .isInstanceOf(Reply.Leased.class);
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger stored = new AtomicInteger();
        AtomicInteger unanswered = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            abuse(() -> {
                RawNative client = opened(new RawNative(node.port()).open("abused"));
                Command put = RawNative.put("leased", 1 << 20);
                for (int n = 0; n < 50; n++) {
                    client.send(put);
                }
                int replies = 0;
                try {
                    for (Reply reply = client.reply(); reply != null; reply = client.reply()) {
                        replies++;
                        if (reply instanceof Reply.Failure failure && failure.status() == Status.OVERLOADED) {
                            refused.incrementAndGet();
                        } else if (reply instanceof Reply.Changed) {
                            stored.incrementAndGet();
                        }
                    }
                } finally {
                    // Who holds the most may be cut off instead, and gets no further replies.
                    unanswered.addAndGet(50 - replies);
                }
            });
        }
        eventually(() -> assertThat(refused).hasPositiveValue());
        good.staysFor(ABUSE_MILLIS);
        holder.close();
        eventually(() ->
                assertThat(refused.get() + stored.get() + unanswered.get()).isEqualTo(250));
        assertThat(stored).hasPositiveValue();
    }

    // --- replies and events ---

    @Test
    void twenty_subscribers_that_do_not_read() throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            subscriber(0);
        }
        abuse(() -> {
            RawNative writer = opened(new RawNative(node.port()).open("abused"));
            for (int n = 0; ; n++) {
                writer.call(RawNative.put("changed-" + n % 100, n % 10 == 0 ? 1 << 20 : 10_000));
            }
        });
        good.staysFor(2 * ABUSE_MILLIS);
    }

    @Test
    void a_frozen_listener_for_which_changes_wait() throws Exception {
        subscriber(EventKind.CREATED.bit() | EventKind.UPDATED.bit());
        for (int i = 0; i < CLIENTS; i++) {
            String key = "heard-" + i;
            abuse(() -> {
                RawNative writer = opened(new RawNative(node.port()).open("abused"));
                Command put = RawNative.put(key, 1 << 20);
                for (int n = 0; n < 200; n++) {
                    writer.send(put);
                }
                while (writer.reply() != null) {}
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
    }

    @Test
    void twenty_clients_that_ask_for_a_large_value_again_and_again_and_do_not_read() throws Exception {
        RawNative writer = opened(new RawNative(node.port()).open("abused"));
        for (int bytes = LARGE; ; bytes /= 2) {
            writer.sendPut("large", bytes);
            if (writer.reply() instanceof Reply.Changed) {
                break;
            }
        }
        for (int i = 0; i < CLIENTS; i++) {
            abuse(() -> {
                RawNative client = opened(new RawNative(node.port()).open("abused"));
                while (true) {
                    client.sendMany(RawNative.get("large"), 1000);
                }
            });
        }
        good.staysFor(ABUSE_MILLIS);
    }

    @Test
    void clients_of_redis_and_memcached_that_ask_for_a_large_value_and_do_not_read() throws Exception {
        Socket writer = connected("memcached");
        String answer = "";
        for (int bytes = LARGE; !answer.startsWith("STORED"); bytes /= 2) {
            writer.getOutputStream().write(ascii("set large 0 0 " + bytes + "\r\n"));
            writer.getOutputStream().write(new byte[bytes]);
            writer.getOutputStream().write(ascii("\r\n"));
            answer = answer(writer);
        }
        for (int i = 0; i < CLIENTS; i++) {
            asksWithoutReading("resp", "*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n");
            asksWithoutReading("memcached", "get large large large\r\n");
        }
        good.staysFor(ABUSE_MILLIS);
    }

    @Test
    void replies_of_many_large_values() throws Exception {
        Socket writer = connected("resp");
        writer.getOutputStream()
                .write(ascii("*3\r\n$3\r\nSET\r\n$1\r\nm\r\n$1000000\r\n" + "v".repeat(1_000_000) + "\r\n"));
        assertThat(answer(writer)).startsWith("+OK");
        for (int i = 0; i < CLIENTS; i++) {
            asksWithoutReading("resp", "*201\r\n$4\r\nMGET\r\n" + "$1\r\nm\r\n".repeat(200));
            asksWithoutReading("memcached", "get" + " m".repeat(500) + "\r\n");
        }
        good.staysFor(ABUSE_MILLIS);
    }

    // --- all of it ---

    @Test
    void what_is_held_is_given_back_whatever_clients_do() {
        long seed = Long.getLong("distcache.testing.seed", 11);
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed + i);
            abuse(() -> {
                while (true) {
                    somethingBad(random);
                }
            });
        }
        good.staysFor(2 * ABUSE_MILLIS);
    }

    private void somethingBad(Random random) throws IOException {
        boolean resp = random.nextBoolean();
        int size = 1 << random.nextInt(24);
        if (random.nextInt(3) == 0) {
            try (RawNative client = new RawNative(node.port())) {
                open.add(client);
                client.open("abused");
                for (int n = random.nextInt(20); n >= 0; n--) {
                    switch (random.nextInt(4)) {
                        case 0 -> client.send(RawNative.put("r" + random.nextInt(10), size));
                        case 1 ->
                            client.send(new Command.Lease(0, RawNative.key("r" + random.nextInt(10)), false, 1000));
                        case 2 -> client.send(new Command.Subscribe(0, 15, random.nextInt(16), true));
                        default -> client.send(RawNative.get("r" + random.nextInt(10)));
                    }
                }
                if (random.nextBoolean()) {
                    client.sendPart(1 << 22, 1 + 8 + size / 4);
                }
                open.remove(client);
            }
            return;
        }
        try (Socket socket = connected(resp ? "resp" : "memcached")) {
            OutputStream out = socket.getOutputStream();
            String key = "r" + random.nextInt(10);
            for (int n = random.nextInt(20); n >= 0; n--) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        out.write(ascii(
                                resp
                                        ? "*3\r\n$3\r\nSET\r\n$2\r\n" + key + "\r\n$" + size + "\r\n"
                                        : "set " + key + " 0 0 " + size + "\r\n"));
                        out.write(new byte[random.nextInt(4) == 0 ? size / 2 : size]);
                        out.write(ascii("\r\n"));
                    }
                    case 1 -> out.write(ascii(resp ? "*1\r\n$5\r\nMULTI\r\n" : "mg " + key + " v\r\n"));
                    case 2 -> out.write(ascii(resp ? "*1\r\n$4\r\nEXEC\r\n" : "gat 100 " + key + "\r\n"));
                    default ->
                        out.write(ascii(
                                resp
                                        ? "*4\r\n$4\r\nMGET\r\n$2\r\nr1\r\n$2\r\nr2\r\n$2\r\nr3\r\n"
                                        : "get r1 r2 r3\r\n"));
                }
            }
            if (random.nextBoolean()) {
                socket.getInputStream().readNBytes(100);
            }
            open.remove(socket);
        }
    }

    // --- clients ---

    /** What an abuser does until its connection ends. */
    private interface Abuse {
        void run() throws IOException;
    }

    private void abuse(Abuse abuse) {
        Thread thread = new Thread(() -> {
            try {
                abuse.run();
            } catch (IOException e) {
                // It was cut off, or the test is over.
            }
        });
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void asksWithoutReading(String door, String request) {
        abuse(() -> {
            OutputStream out = connected(door).getOutputStream();
            // Many at once: the node is to be kept busy, and not this process, in which the good client is too.
            byte[] many = ascii(request.repeat(Math.max(1, 30_000 / request.length())));
            while (true) {
                out.write(many);
            }
        });
    }

    private void subscriber(int synchronousKinds) throws IOException {
        RawNative client = opened(new RawNative(node.port()).open("abused"));
        int all = EventKind.CREATED.bit() | EventKind.UPDATED.bit();
        assertThat(client.call(new Command.Subscribe(0, all, synchronousKinds, true)))
                .isSameAs(Reply.Ok.INSTANCE);
    }

    private RawNative opened(RawNative client) {
        open.add(client);
        return client;
    }

    private Socket connected(String door) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.setReceiveBufferSize(16 * 1024);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(door)), 10_000);
        return socket;
    }

    private static void store(Socket socket, byte[] head) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(head);
        for (int i = 0; i < LARGE / MIB.length; i++) {
            out.write(MIB);
        }
        out.write(ascii("\r\n"));
    }

    /** The first line of what the node answers. */
    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("closed");
            }
            line.append((char) b);
        }
        return line.toString();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private static int port(String door) {
        Matcher port = Pattern.compile(" " + door + "=(\\d+)").matcher(ready);
        assertThat(port.find()).as(ready).isTrue();
        return Integer.parseInt(port.group(1));
    }

    /** A figure of the health report. */
    private static long figure(String name) throws IOException, InterruptedException {
        HttpResponse<String> report = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port("http") + "/health"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Matcher figure = Pattern.compile("\"" + name + "\":(\\d+)").matcher(report.body());
        assertThat(figure.find()).as(report.body()).isTrue();
        return Long.parseLong(figure.group(1));
    }

    /** Sets and gets values of all sizes that are usual, one after the other, and notes how long each call takes. */
    private static final class GoodClient implements AutoCloseable {
        private static final int WARM_UP_CALLS = 200;

        private final DistCacheClient client = DistCacheClient.connect(ClientConfig.parse("127.0.0.1:" + node.port()));
        private final Socket redis;

        GoodClient() {
            try {
                redis = new Socket(InetAddress.getLoopbackAddress(), port("resp"));
                redis.setSoTimeout(10_000);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            // Its own start is not what is measured.
            call(WARM_UP_CALLS, Long.MAX_VALUE);
        }

        void staysFor(long millis) {
            Duration longest = call(Integer.MAX_VALUE, System.nanoTime() + millis * 1_000_000);
            assertThat(longest).isLessThan(GOOD);
        }

        private Duration call(int most, long endNanos) {
            long longest = 0;
            int calls = 0;
            int[] sizes = {10, 1000, 10_000, 100_000};
            while (calls < most && System.nanoTime() < endNanos) {
                String value = "v".repeat(sizes[calls % sizes.length]);
                long began = System.nanoTime();
                client.set("good", value);
                longest = Math.max(longest, System.nanoTime() - began);
                began = System.nanoTime();
                String found = client.get("good");
                longest = Math.max(longest, System.nanoTime() - began);
                assertThat(found).isIn(value, null);
                began = System.nanoTime();
                try {
                    redis.getOutputStream().write(ascii("*2\r\n$4\r\nECHO\r\n$4\r\ngood\r\n"));
                    assertThat(answer(redis)).startsWith("$4");
                    assertThat(answer(redis)).startsWith("good");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                longest = Math.max(longest, System.nanoTime() - began);
                calls++;
            }
            System.out.println("good client: " + 3 * calls + " calls, longest " + longest / 1_000_000 + " ms");
            return Duration.ofNanos(longest);
        }

        @Override
        public void close() throws IOException {
            client.close();
            redis.close();
        }
    }
}
