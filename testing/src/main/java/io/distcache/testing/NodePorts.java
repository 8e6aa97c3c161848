package io.distcache.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ports for nodes, below those that the system gives to anybody who asks for any: a node that is killed and started again finds its port
 * free. Each JVM has a range of its own, so that tests which run at the same time do not take each other's. Thread-safe.
 */
final class NodePorts {
    private static final int FIRST = 11_000;
    private static final int RANGES = 100;
    private static final int PORTS_EACH = 200;

    /** Its port is the first of this JVM's range; who has it open has the range. */
    private static final @Nullable ServerSocket CLAIM = claim();

    private static final AtomicInteger GIVEN = new AtomicInteger();

    private NodePorts() {}

    /** A port that nobody listens at; 0, by which a node takes any, if this JVM has none. */
    static int next() {
        for (int i = 0; CLAIM != null && i < PORTS_EACH; i++) {
            int port = CLAIM.getLocalPort() + 1 + GIVEN.getAndIncrement() % (PORTS_EACH - 1);
            ServerSocket free = listen(port);
            if (free != null) {
                close(free);
                return port;
            }
        }
        return 0;
    }

    private static @Nullable ServerSocket claim() {
        int begin = (int) (ProcessHandle.current().pid() % RANGES);
        for (int i = 0; i < RANGES; i++) {
            ServerSocket claim = listen(FIRST + (begin + i) % RANGES * PORTS_EACH);
            if (claim != null) {
                return claim;
            }
        }
        return null;
    }

    private static @Nullable ServerSocket listen(int port) {
        try {
            ServerSocket socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return socket;
            } catch (IOException e) {
                socket.close();
                return null;
            }
        } catch (IOException e) {
            return null;
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // As good as closed.
        }
    }
}
