package io.distcache.server.frontdoor.resp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A redis-server of this machine, for comparison. */
final class RedisServer implements AutoCloseable {
    private final Process process;
    private final int port;

    private RedisServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one with further options; null, and a loud word, if there is none of version 7.0. */
    static @Nullable RedisServer start(String purpose, String... options) throws IOException, InterruptedException {
        String version;
        try {
            Process asked = new ProcessBuilder("redis-server", "--version").start();
            version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            System.out.println("LEFT OUT: " + purpose + ": there is no redis-server on the PATH");
            return null;
        }
        if (!version.contains("v=7.0.")) {
            System.out.println("LEFT OUT: " + purpose + ": redis-server is not 7.0 but " + version.strip());
            return null;
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(
                "redis-server", "--port", Integer.toString(port), "--save", "", "--appendonly", "no", "--dir", "/tmp"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        for (int i = 0; i < 200; i++) {
            try (RespSocket socket = new RespSocket(port)) {
                if (!socket.ask("PING").isEmpty()) {
                    return new RedisServer(process, port);
                }
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        process.destroyForcibly();
        throw new IOException("redis-server did not come up on port " + port);
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
