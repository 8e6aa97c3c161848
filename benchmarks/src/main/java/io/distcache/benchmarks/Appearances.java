package io.distcache.benchmarks;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts the files of a name that appear in a directory or in one that it holds, renamed ones too; the system says so a moment
 * later. Confined to one thread.
 */
final class Appearances implements AutoCloseable {
    private final WatchService watch;
    private final Pattern name;

    private Appearances(WatchService watch, Pattern name) {
        this.watch = watch;
        this.name = name;
    }

    /** Counts from now on. */
    static Appearances of(Pattern name, Path directory) throws IOException {
        WatchService watch = directory.getFileSystem().newWatchService();
        try (Stream<Path> all = Files.walk(directory, 1)) {
            for (Path each : all.filter(Files::isDirectory).toList()) {
                each.register(watch, ENTRY_CREATE);
            }
        }
        return new Appearances(watch, name);
    }

    /** How many have appeared since it was asked before. */
    int count() throws IOException {
        int count = 0;
        for (@Nullable WatchKey key = watch.poll(); key != null; key = watch.poll()) {
            for (WatchEvent<?> event : key.pollEvents()) {
                if (event.kind() == OVERFLOW) {
                    throw new IOException("too many files appeared in " + key.watchable() + " to count them");
                }
                if (name.matcher(event.context().toString()).find()) {
                    count++;
                }
            }
            key.reset();
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
