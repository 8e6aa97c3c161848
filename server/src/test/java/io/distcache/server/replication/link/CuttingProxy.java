package io.distcache.server.replication.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes bytes on to a port, until its connections are cut. Thread-safe. */
final class CuttingProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int to;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    CuttingProxy(int to) throws IOException {
        this.to = to;
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    void cut() {
        for (Socket socket : sockets) {
            close(socket);
        }
        sockets.clear();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket from = server.accept();
                Socket on = new Socket(InetAddress.getLoopbackAddress(), to);
                sockets.add(from);
                sockets.add(on);
                thread(() -> pump(from, on));
                thread(() -> pump(on, from));
            } catch (IOException e) {
                // It is closed, or the port is.
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        byte[] some = new byte[1 << 16];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                out.write(some, 0, read);
            }
        } catch (IOException e) {
            // It was cut.
        } finally {
            close(from);
            close(to);
        }
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "cutting-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed then.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
