package io.distcache.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A wire between clients and a node that can be cut, closed one way only, or carry nothing for a while. Thread-safe. */
final class FaultyLink implements AutoCloseable {
    private final ServerSocket server;
    private final int nodePort;
    private final List<Socket[]> pairs = new CopyOnWriteArrayList<>();
    private final List<Socket[]> deaf = new CopyOnWriteArrayList<>();
    private boolean frozen;
    private boolean refusing;
    private int held;

    FaultyLink(int nodePort) {
        this.nodePort = nodePort;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** From now on bytes are taken and not passed on. */
    synchronized void freeze() {
        frozen = true;
        held = 0;
    }

    /** As {@link #freeze}, for the connections of now and for good; new ones work. */
    synchronized void freezePresent() {
        deaf.addAll(pairs);
    }

    /** How many times bytes came from clients since {@link #freeze}. */
    synchronized int held() {
        return held;
    }

    /** What was held is passed on, and all that follows. */
    synchronized void thaw() {
        frozen = false;
        notifyAll();
    }

    /** Ends all connections, dropping what is held; new ones are taken. */
    void cut() {
        List<Socket[]> present = List.copyOf(pairs);
        pairs.removeAll(present);
        present.forEach(FaultyLink::closeBoth);
        thaw();
    }

    /** Ends all connections and closes new ones at once, until {@link #mend}. */
    void cutForGood() {
        synchronized (this) {
            refusing = true;
        }
        cut();
    }

    synchronized void mend() {
        refusing = false;
    }

    /** Says to clients that nothing more comes from the node, and goes on taking from them. */
    void endTowardsClients() {
        pairs.forEach(pair -> end(pair[0]));
    }

    /** Says to the node that nothing more comes from clients, and goes on taking from it. */
    void endTowardsNode() {
        pairs.forEach(pair -> end(pair[1]));
    }

    private static void end(Socket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                synchronized (this) {
                    if (refusing) {
                        client.close();
                        continue;
                    }
                }
                connect(client);
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Socket node = new Socket(InetAddress.getLoopbackAddress(), nodePort);
            client.setTcpNoDelay(true);
            node.setTcpNoDelay(true);
            Socket[] pair = {client, node};
            pairs.add(pair);
            daemon(() -> pass(pair, client, node));
            daemon(() -> pass(pair, node, client));
        } catch (IOException e) {
            client.close();
        }
    }

    private void pass(Socket[] pair, Socket from, Socket to) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                awaitThaw(from == pair[0]);
                if (!pairs.contains(pair)) {
                    break;
                }
                if (deaf.contains(pair)) {
                    continue;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One side has gone: so does the other.
        }
        pairs.remove(pair);
        closeBoth(pair);
    }

    private synchronized void awaitThaw(boolean fromClient) throws IOException {
        held += fromClient ? 1 : 0;
        while (frozen) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static void closeBoth(Socket[] pair) {
        for (Socket socket : pair) {
            try {
                socket.close();
            } catch (IOException e) {
                // As good as closed.
            }
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "faulty-link");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        cutForGood();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
