package io.distcache.server.frontdoor.memcached;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A memcached of this machine, for comparison. */
final class MemcachedServer implements AutoCloseable {
    private final Process process;
    private final int port;

    private MemcachedServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one; null, and a loud word, if there is none. */
    static @Nullable MemcachedServer start(String purpose) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process;
        try {
            process = new ProcessBuilder(
                            "memcached", "-u", "nobody", "-l", "127.0.0.1", "-U", "0", "-p", Integer.toString(port))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            System.out.println("LEFT OUT: " + purpose + ": there is no memcached on the PATH");
            return null;
        }
        for (int i = 0; i < 200; i++) {
            try (MemcachedSocket socket = new MemcachedSocket(port)) {
                if (!socket.answer("version\\r\\n", 9).isEmpty()) {
                    return new MemcachedServer(process, port);
                }
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        process.destroyForcibly();
        throw new IOException("memcached did not come up on port " + port);
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
