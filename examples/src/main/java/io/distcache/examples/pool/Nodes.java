package io.distcache.examples.pool;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Three nodes, each in a process of its own with a directory of its own, and the commands that one gives them. Thread-safe. Nothing of
 * them is left when it is closed, at the latest with this JVM.
 */
final class Nodes implements AutoCloseable {
    static final int COUNT = 3;

    private static final int READY_SECONDS = 60;
    private static final int STOP_SECONDS = 10;
    private static final int LOOK_MILLIS = 50;

    private final List<String> distcache;
    private final Path directory;
    private final Process[] processes = new Process[COUNT];
    private final String[] addresses = new String[COUNT];
    private final Thread removal = new Thread(this::remove);

    /** How a command ended; with all that it printed. */
    record Ended(int code, List<String> lines) {}

    /**
     * Starts them.
     *
     * @param distcache the words that begin a command line: {@code bin/distcache}
     */
    Nodes(List<String> distcache) throws IOException, InterruptedException {
        this.distcache = List.copyOf(distcache);
        this.directory = Files.createTempDirectory("distcache-pool-");
        Runtime.getRuntime().addShutdownHook(removal);
        for (int node = 0; node < COUNT; node++) {
            launch(node, 0);
        }
        for (int node = 0; node < COUNT; node++) {
            addresses[node] = awaitReady(node);
        }
    }

    String name(int node) {
        return "n" + (node + 1);
    }

    /** {@code host:port}. */
    synchronized String address(int node) {
        return addresses[node];
    }

    synchronized long pid(int node) {
        return processes[node].pid();
    }

    private synchronized void launch(int node, int port) throws IOException {
        List<String> command = command(
                "server",
                "--port",
                Integer.toString(port),
                "--data-dir",
                directory.resolve(name(node)).toString());
        processes[node] = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said(node))
                .start();
    }

    private File said(int node) {
        return directory.resolve(name(node) + ".txt").toFile();
    }

    private String awaitReady(int node) throws IOException, InterruptedException {
        Process process = processes[node];
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (true) {
            boolean hasEnded = !process.isAlive();
            List<String> lines = Files.readAllLines(said(node).toPath());
            for (String line : lines) {
                if (line.startsWith("ready ")) {
                    return line.split(" ", 3)[1];
                }
            }
            if (hasEnded || System.nanoTime() > deadline) {
                throw new IOException(name(node) + (hasEnded ? " ended instead of serving:" : " is not ready after ")
                        + (hasEnded ? "" : READY_SECONDS + " s:") + "\n" + String.join("\n", lines));
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Starts a node again that was killed: at the same address, with its data. */
    void startAgain(int node) throws IOException, InterruptedException {
        String address = address(node);
        launch(node, Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
        String unused = awaitReady(node);
    }

    /** Kill -9. */
    void kill(int node) throws InterruptedException {
        Process process;
        synchronized (this) {
            process = processes[node];
        }
        int unused = process.destroyForcibly().waitFor();
    }

    /** Runs {@code bin/distcache} with these arguments to its end. */
    Ended run(String... arguments) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return new Ended(process.waitFor(), lines);
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(distcache);
        command.addAll(List.of(arguments));
        return command;
    }

    @Override
    public void close() {
        boolean unused = Runtime.getRuntime().removeShutdownHook(removal);
        remove();
    }

    private synchronized void remove() {
        for (Process process : processes) {
            if (process != null) {
                process.destroy();
            }
        }
        try {
            for (Process process : processes) {
                if (process != null && !process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    int unused = process.destroyForcibly().waitFor();
                }
            }
            List<Path> files;
            try (Stream<Path> all = Files.walk(directory)) {
                files = all.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.delete(file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.out.println("Some of " + directory + " is left: " + e);
        }
    }
}
