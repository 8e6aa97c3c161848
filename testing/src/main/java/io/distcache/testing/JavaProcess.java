package io.distcache.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A JVM of the test's class path in a process of its own, with what it prints. Thread-safe. Killed when closed, and at the latest
 * with the test's JVM.
 */
public final class JavaProcess implements AutoCloseable {
    /** Flags that every JVM gets here before its own, for the build of this project; apart by spaces. */
    private static final List<String> FLAGS_OF_ALL = Arrays.stream(
                    System.getProperty("distcache.testing.jvm-flags", "").split(" ", -1))
            .filter(flag -> !flag.isEmpty())
            .toList();

    private static final Duration PAUSE_LIMIT = Duration.ofSeconds(10);

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;
    private final Thread killer;

    private JavaProcess(Process process, boolean echo) {
        this.process = process;
        this.reader = new Thread(() -> read(echo), "output-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
        this.killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
    }

    /**
     * Starts {@code mainClass} with the class path of this JVM, on the JDK at the system property {@code
     * distcache.testing.java-home}, by default on this JVM's.
     */
    public static JavaProcess start(List<String> jvmFlags, String mainClass, List<String> arguments) {
        return startBy(List.of(), jvmFlags, mainClass, arguments);
    }

    /**
     * Starts {@code mainClass} as {@link #start(List, String, List)} does, by a command that runs what follows it in its own place,
     * as {@code setpriv} or {@code prlimit} do.
     */
    public static JavaProcess startBy(
            List<String> command, List<String> jvmFlags, String mainClass, List<String> arguments) {
        return startOn(System.getProperty("java.class.path"), command, jvmFlags, mainClass, arguments);
    }

    /** Starts {@code mainClass} as {@link #startBy} does, with another class path than that of this JVM. */
    public static JavaProcess startOn(
            String classPath, List<String> command, List<String> jvmFlags, String mainClass, List<String> arguments) {
        return start(command, javaHome(), jvmFlags, classPath, mainClass, arguments, false);
    }

    /** Starts {@code mainClass} on the JDK at {@code javaHome}; with {@code echo} its lines are printed here too. */
    public static JavaProcess start(
            Path javaHome, List<String> jvmFlags, String mainClass, List<String> arguments, boolean echo) {
        return start(List.of(), javaHome, jvmFlags, System.getProperty("java.class.path"), mainClass, arguments, echo);
    }

    /** The JDK at the system property {@code distcache.testing.java-home}, by default this JVM's. */
    static Path javaHome() {
        return Path.of(System.getProperty("distcache.testing.java-home", System.getProperty("java.home")));
    }

    static JavaProcess start(
            List<String> by,
            Path javaHome,
            List<String> jvmFlags,
            String classPath,
            String mainClass,
            List<String> arguments,
            boolean echo) {
        List<String> command = new ArrayList<>(by);
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.addAll(FLAGS_OF_ALL);
        command.addAll(jvmFlags);
        command.add("-cp");
        command.add(classPath);
        command.add(mainClass);
        command.addAll(arguments);
        try {
            return new JavaProcess(
                    new ProcessBuilder(command).redirectErrorStream(true).start(), echo);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + mainClass + " with " + javaHome, e);
        }
    }

    private void read(boolean echo) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
                if (echo) {
                    System.out.println(line);
                }
            }
        } catch (IOException e) {
            lines.add("(output ended: " + e + ")");
        }
    }

    /** What it has printed so far, standard output and error in one. */
    public List<String> lines() {
        return lines;
    }

    /**
     * Waits for a line.
     *
     * @throws IllegalStateException with all it printed, if none comes in time
     */
    public String awaitLine(Predicate<String> wanted, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        int seen = 0;
        while (true) {
            boolean ended = !reader.isAlive();
            for (; seen < lines.size(); seen++) {
                if (wanted.test(lines.get(seen))) {
                    return lines.get(seen);
                }
            }
            if (ended || System.nanoTime() > deadline) {
                throw new IllegalStateException("process " + pid() + (ended ? " ended" : " did not get so far") + ":\n"
                        + String.join("\n", lines));
            }
            pauseHere();
        }
    }

    private static void pauseHere() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Writes a line to its standard input. */
    public void tell(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end and returns the exit code. */
    public int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("process " + pid() + " did not end:\n" + String.join("\n", lines));
            }
            reader.join(5000);
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /**
     * Sends SIGSTOP and waits until no thread of the process runs: the signal takes effect only when one of its threads gets a processor,
     * which takes tens of milliseconds on a busy machine. What is sent to the process from then on, it does not see before {@link #resume}.
     *
     * @throws IllegalStateException if a thread still runs after ten seconds
     */
    public void pause() {
        signal("STOP");
        long deadline = System.nanoTime() + PAUSE_LIMIT.toNanos();
        while (!isStopped()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("process " + pid() + " runs on, " + PAUSE_LIMIT + " after SIGSTOP");
            }
            pauseHere();
        }
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** Whether all its threads are in the state T of proc(5); where there is no such directory, that of the process as ps(1) shows it. */
    private boolean isStopped() {
        Path threads = Path.of("/proc", Long.toString(pid()), "task");
        try {
            if (!Files.isDirectory(threads)) {
                Process ps = new ProcessBuilder("ps", "-o", "state=", "-p", Long.toString(pid())).start();
                return new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8).startsWith("T");
            }
            try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
                for (Path thread : all) {
                    String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
                    // Behind the name, which is in parentheses and may hold others.
                    if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                        return false;
                    }
                }
            }
            return true;
        } catch (NoSuchFileException e) {
            // A thread has ended meanwhile.
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal by name: TERM, KILL, INT. For STOP and CONT there are {@link #pause} and {@link #resume}. */
    public void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill -" + name + " " + pid() + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Kills it, if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            boolean unused = process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(killer);
        } catch (IllegalStateException e) {
            // This JVM ends, and its hooks run already.
        }
    }
}
