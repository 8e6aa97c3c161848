package io.distcache.benchmarks;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where servers keep their entries, in a directory of this run, which is removed at its end. Confined to the harness's thread,
 * but for the removal when the harness is interrupted.
 */
final class Disk implements AutoCloseable {
    /** File systems on which a sync costs nothing. */
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private static final Duration PATIENCE_TO_REST = Duration.ofMinutes(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final Duration SYNCING = Duration.ofSeconds(1);

    private final Path root;
    private final Thread remover = new Thread(this::removeAll, "remover of data directories");
    private @Nullable Path ofThisRun;
    private int directories;

    Disk(Path root) {
        this.root = root.toAbsolutePath();
    }

    /** What kind of disk this is, and how many syncs it does: nothing here can be fast under {@code always} without it. */
    String describe() throws IOException {
        Files.createDirectories(root);
        FileStore store = Files.getFileStore(root);
        if (IN_MEMORY.contains(store.type())) {
            throw new IOException(
                    root + " is on " + store.type() + ", which is no disk; choose another directory by --data");
        }
        return String.format(Locale.ROOT, "%s on %s, %,d syncs of 4 KiB a second", store.type(), store.name(), syncs());
    }

    private long syncs() throws IOException {
        Path file = root.resolve("syncs-" + ProcessHandle.current().pid());
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE, DELETE_ON_CLOSE)) {
            long began = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - began < SYNCING.toNanos()) {
                channel.write(ByteBuffer.allocate(4096));
                channel.force(false);
                count++;
            }
            return count / SYNCING.toSeconds();
        }
    }

    /** An empty directory that is there. */
    Path newDirectory() throws IOException {
        directories++;
        return Files.createDirectory(ofThisRun().resolve(Integer.toString(directories)));
    }

    /** A directory for several scenarios that share what runs on it; the first to ask for it finds it empty. */
    Path directory(String name) throws IOException {
        return Files.createDirectories(ofThisRun().resolve(name));
    }

    private Path ofThisRun() throws IOException {
        if (ofThisRun == null) {
            Files.createDirectories(root);
            ofThisRun = Files.createTempDirectory(root, "run-");
            Runtime.getRuntime().addShutdownHook(remover);
        }
        return ofThisRun;
    }

    /** The bytes of all files below {@code directory} that are {@code wanted}. */
    static long bytes(Path directory, Predicate<Path> wanted) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).filter(wanted).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    /** Waits until for so long nothing below {@code directory} has been written. */
    static void awaitRest(Path directory, Duration rest) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_TO_REST.toNanos();
        long restedSince = System.nanoTime();
        Map<Path, FileTime> seen = written(directory);
        while (System.nanoTime() - restedSince < rest.toNanos()) {
            if (System.nanoTime() > deadline) {
                throw new IOException(
                        directory + " is still written to after " + PATIENCE_TO_REST.toSeconds() + " s without a call");
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            Map<Path, FileTime> now = written(directory);
            if (!now.equals(seen)) {
                restedSince = System.nanoTime();
                seen = now;
            }
        }
    }

    private static Map<Path, FileTime> written(Path directory) throws IOException {
        Map<Path, FileTime> written = new HashMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                written.put(file, Files.getLastModifiedTime(file));
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            // Something was removed or renamed meanwhile, which is no rest: equal to no other state.
            written.put(directory.resolve("changing"), FileTime.from(Instant.now()));
        }
        return written;
    }

    /** Removes what a scenario left, for which its servers have to have ended. */
    static void remove(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(paths::add);
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }

    private void removeAll() {
        try {
            if (ofThisRun != null) {
                remove(ofThisRun);
            }
        } catch (IOException e) {
            System.err.println("data directories stay behind in " + ofThisRun + ": " + e);
        }
    }

    @Override
    public void close() {
        removeAll();
        if (ofThisRun != null) {
            Runtime.getRuntime().removeShutdownHook(remover);
        }
    }
}
