package io.distcache.testing;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A node in a process of its own, on the loopback address; {@link NodeSetup} says how it is started. Thread-safe. */
public final class NodeProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final JavaProcess process;
    private final String address;

    private NodeProcess(JavaProcess process, String address) {
        this.process = process;
        this.address = address;
    }

    /** Starts a node; {@code settings} are {@code key=value} as for {@code --set}. */
    public static NodeProcess start(String... settings) {
        return NodeSetup.of(settings).start();
    }

    /** Starts a node with flags for its JVM on a port, 0 for a free one. */
    public static NodeProcess start(List<String> jvmFlags, int port, String... settings) {
        return NodeSetup.of(settings)
                .withJvmFlags(jvmFlags.toArray(String[]::new))
                .withPort(port)
                .start();
    }

    static NodeProcess ready(JavaProcess process) {
        try {
            String ready = process.awaitLine(line -> line.startsWith("ready "), START_LIMIT);
            return new NodeProcess(process, ready.split(" ", 3)[1]);
        } catch (IllegalStateException e) {
            process.close();
            throw e;
        }
    }

    /** {@code host:port}. */
    public String address() {
        return address;
    }

    public int port() {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** The JCache URI of a namespace on this node. */
    public URI uri(String namespace) {
        return URI.create("distcache://" + address + "/" + namespace);
    }

    public JavaProcess process() {
        return process;
    }

    /** SIGKILL: no chance to tidy up. */
    public void kill() {
        process.close();
    }

    /** SIGSTOP: alive and silent from when this returns. */
    public void pause() {
        process.pause();
    }

    /** SIGCONT. */
    public void resume() {
        process.resume();
    }

    /** SIGTERM, and waits for the end; returns the exit code. */
    public int stop() {
        process.signal("TERM");
        return process.awaitExit(START_LIMIT);
    }

    @Override
    public void close() {
        process.close();
    }
}
