package io.distcache.server.frontdoor;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A node's two kinds of clients of Redis in one test: one that asks for much, and a good one beside it, which writes and reads keys of
 * every shard all the time and notes how long it ever waited.
 */
final class Neighbours {

    private Neighbours() {}

    /** A client that sends any bytes and throws away what comes back, counting replies. */
    static final class Asker implements AutoCloseable {
        private final Socket socket = new Socket();
        private final InputStream in;

        Asker(int port) throws IOException {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
            socket.setSoTimeout(120_000);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream(), 256 << 10);
        }

        /** The port it is connected to. */
        int port() {
            return socket.getPort();
        }

        /** Sends while replies come in, since the node does not read on from a client that does not. */
        Thread sending(byte[] bytes) {
            Thread sender = new Thread(() -> {
                try {
                    socket.getOutputStream().write(bytes);
                } catch (IOException closed) {
                    // The reader meets it too.
                }
            });
            sender.start();
            return sender;
        }

        /**
         * Sends requests of RESP, and reads their replies.
         *
         * @return the first line of the last reply, or "closed"
         */
        String ask(byte[] bytes, int replies) throws IOException, InterruptedException {
            Thread sender = sending(bytes);
            String last = "";
            try {
                for (int i = 0; i < replies; i++) {
                    last = reply();
                }
            } catch (EOFException | SocketException closed) {
                last = "closed";
            }
            socket.setSoTimeout(120_000);
            sender.join(10_000);
            return last;
        }

        /** Sends bytes of any protocol and reads until this line has come, or the connection is closed. */
        String askUntil(byte[] bytes, String end) throws IOException, InterruptedException {
            Thread sender = sending(bytes);
            String last = "";
            try {
                while (!last.equals(end)) {
                    last = line();
                }
            } catch (EOFException | SocketException closed) {
                last = "closed";
            }
            sender.join(10_000);
            return last;
        }

        private String reply() throws IOException {
            String line = line();
            switch (line.charAt(0)) {
                case '$', '=' -> {
                    long length = Long.parseLong(line.substring(1));
                    if (length >= 0) {
                        in.skipNBytes(length + 2);
                    }
                }
                case '*', '~' -> skip(Long.parseLong(line.substring(1)));
                case '%' -> skip(2 * Long.parseLong(line.substring(1)));
                default -> {
                    // A line is all there is.
                }
            }
            return line;
        }

        private void skip(long replies) throws IOException {
            for (long i = 0; i < replies; i++) {
                reply();
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                int b = in.read();
                if (b < 0) {
                    throw new EOFException();
                }
                if (b == '\n') {
                    return line.substring(0, Math.max(0, line.length() - 1));
                }
                line.append((char) b);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Writes and reads all the time. */
    static final class Good implements AutoCloseable {
        private static final int KEYS = 512;

        private final Asker asker;
        private final Thread thread = new Thread(this::run, "good client");
        private final AtomicLong longestNanos = new AtomicLong();
        private final AtomicLong sinceNanos = new AtomicLong(Long.MAX_VALUE);
        private volatile boolean stop;
        private volatile String wrong = "";

        Good(int port) throws IOException {
            asker = new Asker(port);
            thread.start();
        }

        private void run() {
            try {
                for (int i = 0; !stop; i++) {
                    String key = "good:" + i % KEYS;
                    byte[] request = (i % 2 == 0 ? "SET " + key + " v\r\n" : "GET " + key + "\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1);
                    long before = System.nanoTime();
                    sinceNanos.set(before);
                    asker.socket.getOutputStream().write(request);
                    String reply = asker.reply();
                    longestNanos.accumulateAndGet(System.nanoTime() - before, Math::max);
                    if (reply.startsWith("-")) {
                        wrong = reply;
                    }
                }
            } catch (IOException e) {
                wrong = stop ? wrong : e.toString();
            }
        }

        /** Forgets what was before. */
        void begin() {
            longestNanos.set(0);
        }

        /** The longest wait since {@link #begin}, in milliseconds, the present one included. */
        long longestMillis() {
            return Math.max(longestNanos.get(), System.nanoTime() - sinceNanos.get()) / 1_000_000;
        }

        /** What went wrong, or nothing. */
        String wrong() {
            return wrong;
        }

        @Override
        public void close() throws IOException {
            stop = true;
            try {
                thread.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            asker.close();
        }
    }
}
