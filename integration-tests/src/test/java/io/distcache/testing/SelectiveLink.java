package io.distcache.testing;

import io.distcache.protocol.frame.FrameDecoder;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A wire before a node that some clients can be cut off from and others not; it knows them by the names in their hellos. What a client
 * that is cut off sends arrives when the wire is healed, unless its connection has ended by then; so does what is sent to it. Thread-safe.
 */
final class SelectiveLink implements AutoCloseable {

    /** What becomes of connections that a client tries to make while it is cut off. */
    enum NewOnes {
        SILENT,
        REFUSED
    }

    private static final int HELLO_HEADER_BYTES = 9;

    private final ServerSocket server;
    private final int nodePort;
    private final Set<String> cutOff = ConcurrentHashMap.newKeySet();
    private final List<Wire> wires = new CopyOnWriteArrayList<>();
    private volatile NewOnes newOnes = NewOnes.SILENT;

    SelectiveLink(int nodePort) {
        this.nodePort = nodePort;
        try {
            server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** From now on nothing passes between the node and clients of this name. */
    void cutOff(String client, NewOnes how) {
        newOnes = how;
        cutOff.add(client);
    }

    /** What was held passes, and all that follows. */
    void heal(String client) {
        cutOff.remove(client);
        wires.stream().filter(wire -> wire.name.equals(client)).forEach(Wire::healed);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                daemon(() -> connect(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void connect(Socket client) {
        Wire wire;
        try {
            client.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(client.getInputStream());
            int length = in.readInt();
            byte[] rest = new byte[length];
            in.readFully(rest);
            String name = FrameDecoder.clientHello(
                            Unpooled.wrappedBuffer(rest, HELLO_HEADER_BYTES - 4, length - HELLO_HEADER_BYTES + 4))
                    .client();
            if (cutOff.contains(name) && newOnes == NewOnes.REFUSED) {
                client.close();
                return;
            }
            Socket node = new Socket(InetAddress.getLoopbackAddress(), nodePort);
            node.setTcpNoDelay(true);
            wire = new Wire(name, client, node);
            wires.add(wire);
            byte[] hello =
                    ByteBuffer.allocate(length + 4).putInt(length).put(rest).array();
            wire.toNode.pass(hello, hello.length);
        } catch (IOException | RuntimeException e) {
            close(client);
            return;
        }
        daemon(() -> wire.run(wire.toClient));
        wire.run(wire.toNode);
    }

    /** One connection, both ways. */
    private final class Wire {
        private final String name;
        private final Way toNode;
        private final Way toClient;
        private boolean ended;

        Wire(String name, Socket client, Socket node) {
            this.name = name;
            this.toNode = new Way(client, node);
            this.toClient = new Way(node, client);
        }

        private boolean isCut() {
            return cutOff.contains(name);
        }

        void run(Way way) {
            byte[] buffer = new byte[64 << 10];
            try {
                InputStream in = way.from.getInputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    way.pass(buffer, n);
                }
            } catch (IOException e) {
                // One side has gone: so does the other, when it can hear of it.
            }
            synchronized (this) {
                ended = true;
                close(way.from);
                if (!isCut()) {
                    end();
                }
            }
        }

        synchronized void healed() {
            if (ended) {
                end();
                return;
            }
            try {
                toNode.release();
                toClient.release();
            } catch (IOException e) {
                end();
            }
        }

        private void end() {
            close(toNode.from);
            close(toNode.to);
            wires.remove(this);
        }

        /** One way. */
        private final class Way {
            private final Socket from;
            private final Socket to;
            private final ByteArrayOutputStream held = new ByteArrayOutputStream();

            Way(Socket from, Socket to) {
                this.from = from;
                this.to = to;
            }

            void pass(byte[] bytes, int count) throws IOException {
                synchronized (Wire.this) {
                    held.write(bytes, 0, count);
                    if (!isCut()) {
                        release();
                    }
                }
            }

            void release() throws IOException {
                held.writeTo(to.getOutputStream());
                held.reset();
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // As good as closed.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "selective-link");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        close(server);
        wires.forEach(wire -> {
            close(wire.toNode.from);
            close(wire.toNode.to);
        });
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
