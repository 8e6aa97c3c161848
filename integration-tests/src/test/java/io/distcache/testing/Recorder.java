package io.distcache.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The one place where loaders and writers in many JVMs tell what they do: a line each, in the order in which they came. Whoever
 * told goes on when its line is recorded. Thread-safe.
 */
final class Recorder implements AutoCloseable {
    private final ServerSocket server;
    private final List<String> lines = new ArrayList<>();

    Recorder() {
        try {
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept, "recorder");
    }

    int port() {
        return server.getLocalPort();
    }

    /** What has been told since the last call of this method. */
    List<String> take() {
        synchronized (lines) {
            List<String> taken = List.copyOf(lines);
            lines.clear();
            return taken;
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                daemon(() -> record(socket), "recorder-" + socket.getPort());
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void record(Socket socket) {
        try (socket;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                }
                socket.getOutputStream().write('\n');
            }
        } catch (IOException e) {
            // A process that is killed ends its connection somehow.
        }
    }

    private static void daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A thread's line to the recorder of another process. Confined to its thread. */
    static final class Line {
        private final PrintWriter out;
        private final BufferedReader in;

        @SuppressWarnings("resource") // open until the process ends
        Line(int port) {
            try {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
                in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns when it is recorded. */
        void tell(String line) {
            out.print(line + "\n");
            out.flush();
            try {
                if (in.readLine() == null) {
                    throw new IllegalStateException("the recorder has gone");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
