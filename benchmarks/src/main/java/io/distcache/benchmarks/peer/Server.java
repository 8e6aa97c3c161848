package io.distcache.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A peer's running server process. Confined to the harness's thread. */
public final class Server implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(60);

    private final Child child;
    private final Path directory;
    private final int port;

    private Server(Child child, Path directory, int port) {
        this.child = child;
        this.directory = directory;
        this.port = port;
    }

    /** Starts a server that listens where it was told to, and says on either stream that it is ready. */
    static Server start(String name, Path directory, List<String> command, Pattern ready, int port) throws IOException {
        Child child = Child.start(name + "-server", directory, command, ready, true);
        awaitReady(name, child, ready);
        return new Server(child, directory, port);
    }

    /** Starts a server that says its port on standard output: the group {@code port} of the pattern. */
    static Server start(String name, Path directory, List<String> command, Pattern ready) throws IOException {
        Child child = Child.start(name + "-server", directory, command, ready, false);
        return new Server(
                child,
                directory,
                Integer.parseInt(awaitReady(name, child, ready).group("port")));
    }

    private static Matcher awaitReady(String name, Child child, Pattern ready) throws IOException {
        try {
            return child.await(ready, READY);
        } catch (IOException e) {
            child.close();
            throw new IOException("the server of " + name + " does not become ready: " + e.getMessage(), e);
        }
    }

    public int port() {
        return port;
    }

    /** Where this server's files are, among them those a client needs. */
    public Path directory() {
        return directory;
    }

    public long residentBytes() {
        return child.residentBytes();
    }

    /** Asks a JVM for a full collection, so that what stays resident is what it needs; false if this is no JVM. */
    public boolean collectGarbage() {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        try {
            Process process = new ProcessBuilder(jcmd, Long.toString(child.pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
