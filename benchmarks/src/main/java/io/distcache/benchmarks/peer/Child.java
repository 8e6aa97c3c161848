package io.distcache.benchmarks.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A process that the harness started, read line by line; all it prints is kept in {@code NAME.log}, and in {@code NAME.err}
 * what goes to standard error, unless the two are merged. It is killed when the harness ends. Confined to the harness's thread, but for the thread that reads.
 */
final class Child implements AutoCloseable {
    private static final String END = "\0end";
    private static final Duration TO_END = Duration.ofSeconds(5);

    private final Process process;
    private final Path log;
    private final boolean merged;
    private final PrintWriter input;
    private final BlockingQueue<String> wanted = new LinkedBlockingQueue<>(1000);
    private final Thread killer;

    private Child(Process process, Path log, boolean merged, Pattern wantedLines) {
        this.process = process;
        this.log = log;
        this.merged = merged;
        this.input = new PrintWriter(process.outputWriter(UTF_8), true);
        this.killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        Thread reader = new Thread(() -> read(wantedLines), "reader of " + log.getFileName());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts {@code command} in {@code directory}; of what it prints, lines in which {@code wanted} is found can be awaited. */
    static Child start(String name, Path directory, List<String> command, Pattern wanted, boolean merged)
            throws IOException {
        Files.createDirectories(directory);
        Path log = Files.createTempFile(directory, name.replace(' ', '-') + "-", ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        if (merged) {
            builder.redirectErrorStream(true);
        } else {
            builder.redirectError(
                    Path.of(log.toString().replaceAll("log$", "err")).toFile());
        }
        return new Child(builder.start(), log, merged, wanted);
    }

    long pid() {
        return process.pid();
    }

    void say(String line) {
        input.println(line);
    }

    /** The next line in which the pattern is found, matched. */
    Matcher await(Pattern pattern, Duration timeout) throws IOException {
        try {
            String line = wanted.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (line == null) {
                throw new IOException("no answer in " + timeout.toSeconds() + " s; see " + log);
            }
            Matcher matcher = pattern.matcher(line);
            if (line.equals(END) || !matcher.find()) {
                throw new IOException("the process ended; see " + log + (merged ? "" : " and .err beside it"));
            }
            return matcher;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private void read(Pattern wantedLines) {
        try (BufferedReader output = process.inputReader(UTF_8);
                Writer copy = Files.newBufferedWriter(log)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                copy.write(line + "\n");
                copy.flush();
                if (wantedLines.matcher(line).find()) {
                    offer(line);
                }
            }
        } catch (IOException e) {
            // The process was killed while it was being read.
        }
        offer(END);
    }

    /** The newest lines stay if nobody asks for them. */
    private void offer(String line) {
        while (!wanted.offer(line)) {
            @Nullable String dropped = wanted.poll();
            if (dropped == null) {
                Thread.onSpinWait();
            }
        }
    }

    /** The last line in which the pattern is found, matched. */
    Optional<Matcher> lastSaid(Pattern pattern) throws IOException {
        return Files.readAllLines(log).stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .reduce((earlier, later) -> later);
    }

    /** Asks it to end, by SIGTERM, and waits until it has done so with exit code 0. */
    void stop(Duration patience) throws IOException {
        process.destroy();
        boolean ended = hasEnded(patience);
        close();
        if (!ended) {
            throw new IOException("not stopped in " + patience.toSeconds() + " s; see " + log);
        }
        if (process.exitValue() != 0) {
            throw new IOException("stopped with exit code " + process.exitValue() + "; see " + log);
        }
    }

    /** Ends it by SIGKILL. */
    void kill() {
        process.destroyForcibly();
        close();
    }

    @Override
    public void close() {
        process.destroy();
        if (!hasEnded(TO_END)) {
            process.destroyForcibly();
            hasEnded(TO_END);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(killer);
        } catch (IllegalStateException e) {
            // The harness is shutting down already; the hook does the rest.
        }
    }

    private boolean hasEnded(Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Resident memory in bytes, as Linux counts it. */
    long residentBytes() {
        return status("VmRSS:") * 1024;
    }

    int threads() {
        return (int) status("Threads:");
    }

    /** What it has used of all processors since its start, in user mode and in the system; Linux counts in steps of 10 ms. */
    Duration processorTime() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException("process " + pid() + " has ended; see " + log));
    }

    private long status(String field) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
                if (line.startsWith(field)) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("/proc/" + pid() + "/status has no " + field);
    }
}
