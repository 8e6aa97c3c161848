package io.distcache.benchmarks.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A peer's running server process, with others if they serve together. Confined to the harness's thread. */
public final class Server implements AutoCloseable {
    /** Longest start, with entries to read; one that fails ends the wait at once. */
    private static final Duration READY = Duration.ofMinutes(5);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private final Child child;
    private final boolean isJvm;
    private final Path directory;
    private final int port;
    private final List<Server> others;

    private Server(Child child, boolean isJvm, Path directory, int port) {
        this(child, isJvm, directory, port, List.of());
    }

    private Server(Child child, boolean isJvm, Path directory, int port, List<Server> others) {
        this.child = child;
        this.isJvm = isJvm;
        this.directory = directory;
        this.port = port;
        this.others = others;
    }

    /** The first of these, of which it is the one to ask where all are, and with which all end. */
    static Server together(List<Server> all) {
        Server first = all.get(0);
        return new Server(
                first.child, first.isJvm, first.directory, first.port, List.copyOf(all.subList(1, all.size())));
    }

    /** Starts a server that listens where it was told to, and says on either stream that it is ready. */
    static Server start(String name, Path directory, List<String> command, Pattern ready, int port) throws IOException {
        Child child = Child.start(name + "-server", directory, command, ready, true);
        awaitReady(name, child, ready);
        return new Server(child, isJvm(command), directory, port);
    }

    /** Starts a server that says its port on standard output: the group {@code port} of the pattern. */
    static Server start(String name, Path directory, List<String> command, Pattern ready) throws IOException {
        Child child = Child.start(name + "-server", directory, command, ready, false);
        return new Server(
                child,
                isJvm(command),
                directory,
                Integer.parseInt(awaitReady(name, child, ready).group("port")));
    }

    private static boolean isJvm(List<String> command) {
        return command.get(0).equals(Jvm.java());
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

    /** Each process that serves, this one first. */
    public List<Server> all() {
        List<Server> all = new ArrayList<>(List.of(this));
        all.addAll(others);
        return all;
    }

    /** Of this process. */
    public long residentBytes() {
        return child.residentBytes();
    }

    /** Of this process. */
    public int threads() {
        return child.threads();
    }

    /** What this process has used of all processors since its start. */
    public Duration processorTime() {
        return child.processorTime();
    }

    /** Bytes in use on the heap after a full collection; empty if this is no JVM. */
    public OptionalLong liveHeapBytes() throws IOException {
        if (!isJvm) {
            return OptionalLong.empty();
        }
        String pid = Long.toString(child.pid());
        jcmd(pid, "GC.run");
        Matcher used = HEAP_USED.matcher(jcmd(pid, "GC.heap_info"));
        return used.find() ? OptionalLong.of(Long.parseLong(used.group(1)) * 1024) : OptionalLong.empty();
    }

    private static String jcmd(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    /** The last line matched by {@code pattern} that it has said so far. */
    Optional<Matcher> lastSaid(Pattern pattern) throws IOException {
        return child.lastSaid(pattern);
    }

    /** Waits until this process has said it, now or before. */
    void awaitSaid(Pattern pattern, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (lastSaid(pattern).isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the server at port " + port + " has not said '" + pattern + "' in "
                        + patience.toSeconds() + " s; see " + directory);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    /** Stops it cleanly, however long that takes within {@code patience}. */
    public void stop(Duration patience) throws IOException {
        child.stop(patience);
    }

    /** Ends it as {@code kill -9} does. */
    public void kill() {
        child.kill();
    }

    @Override
    public void close() {
        others.forEach(Server::close);
        child.close();
    }
}
