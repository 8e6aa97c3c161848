package io.distcache.benchmarks.door;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What redis-benchmark is for Redis, for memcached's text protocol: many connections on one thread, each of which sends so many
 * requests at once and waits for all their replies. Takes servers in turns, round by round, and looks at every reply.
 *
 * <pre>
 *   java MemcachedLoad.java ROUNDS REQUESTS PORT PORT
 * </pre>
 *
 * Prints a line for each pipeline, command and round: {@code 16 incr 301234.5 298765.4}, the requests per second of the first server
 * and of the second. Needs nothing but a JDK. Confined to one thread.
 */
public final class MemcachedLoad {
    private static final int CLIENTS = 50;
    private static final int KEYS = 100_000;
    private static final int VALUE_BYTES = 100;
    private static final int[] PIPELINES = {1, 16};
    /** As redis-benchmark is told to: more requests where they are cheaper. */
    private static final int MORE_PIPELINED = 5;

    private static final int SILENCE_MILLIS = 10_000;
    private static final byte[] VALUE = "x".repeat(VALUE_BYTES).getBytes(StandardCharsets.US_ASCII);

    private enum Verb {
        SET("STORED\r\n", "STORED\r\n"),
        GET("END\r\n", "VALUE k:0123456789 xEND\r\n"),
        INCR("\r\n", "0123456789\r\n");

        /** How each of its replies ends here. */
        final String end;
        /** What they are made of; an error has other letters, or never ends so. */
        final String letters;

        Verb(String end, String letters) {
            this.end = end;
            this.letters = letters;
        }
    }

    private final int port;
    private final Random random = new Random(42);

    private MemcachedLoad(int port) {
        this.port = port;
    }

    /** See above. */
    public static void main(String[] arguments) throws IOException {
        int rounds = Integer.parseInt(arguments[0]);
        int requests = Integer.parseInt(arguments[1]);
        MemcachedLoad first = new MemcachedLoad(Integer.parseInt(arguments[2]));
        MemcachedLoad second = new MemcachedLoad(Integer.parseInt(arguments[3]));
        first.fill();
        second.fill();
        // The first round warms up both servers, and this.
        for (int round = 0; round <= rounds; round++) {
            for (int pipeline : PIPELINES) {
                for (Verb verb : Verb.values()) {
                    int count = pipeline == 1 ? requests : requests * MORE_PIPELINED;
                    double one = round % 2 == 0 ? first.measure(verb, pipeline, count) : 0;
                    double other = second.measure(verb, pipeline, count);
                    one = round % 2 == 0 ? one : first.measure(verb, pipeline, count);
                    if (round > 0) {
                        System.out.printf(
                                "%d %s %.1f %.1f%n", pipeline, verb.name().toLowerCase(Locale.ROOT), one, other);
                    }
                }
            }
        }
    }

    private void fill() throws IOException {
        run(Verb.SET, 16, KEYS, true);
        try (SocketChannel channel = connect()) {
            ByteBuffer out = ByteBuffer.allocate(64 * KEYS);
            for (int i = 0; i < KEYS; i++) {
                out.put(("set n:" + decimal(i) + " 0 0 1 noreply\r\n0\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            out.put("version\r\n".getBytes(StandardCharsets.US_ASCII)).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            ByteBuffer in = ByteBuffer.allocate(256);
            if (channel.read(in) < 0 || in.get(0) != 'V') {
                throw new IOException("port " + port + " did not take the counters");
            }
        }
    }

    private double measure(Verb verb, int pipeline, int requests) throws IOException {
        long start = System.nanoTime();
        int done = run(verb, pipeline, requests, false);
        return done * 1e9 / (System.nanoTime() - start);
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    /** At least so many requests; returns how many. */
    private int run(Verb verb, int pipeline, int requests, boolean inOrder) throws IOException {
        List<Client> clients = new ArrayList<>();
        int sent = 0;
        int done = 0;
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < CLIENTS && sent < requests; i++, sent += pipeline) {
                Client client = new Client(connect(), verb, pipeline);
                clients.add(client);
                client.send(inOrder ? sent : -1);
                client.channel.configureBlocking(false);
                client.channel.register(selector, SelectionKey.OP_READ, client);
            }
            while (done < sent) {
                if (selector.select(SILENCE_MILLIS) == 0) {
                    throw new IOException("port " + port + " did not answer " + verb + " as it should");
                }
                for (Iterator<SelectionKey> ready = selector.selectedKeys().iterator(); ready.hasNext(); ) {
                    Client client = (Client) ready.next().attachment();
                    ready.remove();
                    if (client.hasAll()) {
                        done += pipeline;
                        if (sent < requests) {
                            client.send(inOrder ? sent : -1);
                            sent += pipeline;
                        }
                    }
                }
            }
        } finally {
            for (Client client : clients) {
                client.channel.close();
            }
        }
        return done;
    }

    private static String decimal(int number) {
        return String.valueOf(1_000_000_000_000L + number).substring(1);
    }

    private final class Client {
        final SocketChannel channel;
        private final Verb verb;
        private final int pipeline;
        private final ByteBuffer out;
        private final ByteBuffer in;
        private final byte[] read;
        private final byte[] end;
        private final boolean[] letters = new boolean[256];
        private int replies;
        private int matched;
        private int hits;

        Client(SocketChannel channel, Verb verb, int pipeline) {
            this.channel = channel;
            this.verb = verb;
            this.pipeline = pipeline;
            this.out = ByteBuffer.allocateDirect(pipeline * (64 + VALUE_BYTES));
            this.in = ByteBuffer.allocateDirect(pipeline * (64 + VALUE_BYTES));
            this.read = new byte[in.capacity()];
            this.end = verb.end.getBytes(StandardCharsets.US_ASCII);
            verb.letters.chars().forEach(letter -> letters[letter] = true);
        }

        void send(int firstKey) throws IOException {
            out.clear();
            for (int i = 0; i < pipeline; i++) {
                int key = firstKey < 0 ? random.nextInt(KEYS) : (firstKey + i) % KEYS;
                put(verb == Verb.SET ? "set k:" : verb == Verb.GET ? "get k:" : "incr n:");
                long digits = 100_000_000_000L;
                for (int d = 0; d < 12; d++, digits /= 10) {
                    out.put((byte) ('0' + key / digits % 10));
                }
                if (verb == Verb.SET) {
                    put(" 0 0 100\r\n");
                    out.put(VALUE);
                } else if (verb == Verb.INCR) {
                    put(" 1");
                }
                put("\r\n");
            }
            out.flip();
            replies = 0;
            hits = 0;
            while (out.hasRemaining()) {
                channel.write(out);
            }
        }

        private void put(String ascii) {
            for (int i = 0; i < ascii.length(); i++) {
                out.put((byte) ascii.charAt(i));
            }
        }

        /** Reads what there is; whether all replies have come. */
        boolean hasAll() throws IOException {
            in.clear();
            if (channel.read(in) < 0) {
                throw new EOFException("port " + port + " closed the connection");
            }
            in.flip();
            int length = in.remaining();
            in.get(read, 0, length);
            for (int i = 0; i < length; i++) {
                byte next = read[i];
                if (!letters[next & 0xff]) {
                    throw new IOException("port " + port + " said "
                            + new String(read, 0, length, StandardCharsets.US_ASCII) + " to " + verb);
                }
                hits += next == 'V' ? 1 : 0;
                matched = next == end[matched] ? matched + 1 : next == end[0] ? 1 : 0;
                if (matched == end.length) {
                    matched = 0;
                    replies++;
                }
            }
            if (replies == pipeline && verb == Verb.GET && hits != pipeline) {
                throw new IOException("port " + port + " had " + hits + " of " + pipeline + " keys");
            }
            return replies == pipeline;
        }
    }
}
