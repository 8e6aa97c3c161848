package io.distcache.server.consensus;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Retention;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.replication.files.GroupFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A disk of a simulated node that is one: what is flushed is in files, and a process that ends leaves what they are at that moment. Syncs are
 * made and cost virtual time only. Confined to the simulation's thread.
 */
final class SimulatedFiles extends SimulatedDisk {
    private static final int SMALLEST_SEGMENT = 1 << 16;
    private static final long MOST_MICROS_BESIDE = 1_000_000;

    private final Simulation simulation;
    private final SimulatedNode node;
    private final Path root;
    private final int groups;
    private final boolean syncEntries;
    private int life;
    private DataDirectory directory;
    private GroupFiles files;

    SimulatedFiles(Simulation simulation, SimulatedNode node, Path root, boolean syncEntries) {
        super(simulation, node);
        this.simulation = simulation;
        this.node = node;
        this.root = root.resolve("n" + node.number());
        this.groups = simulation.options().groups();
        this.syncEntries = syncEntries;
    }

    /** What the node does beside its loop takes a while. */
    private void beside(Runnable task) {
        simulation.at(simulation.now() + 1 + simulation.below(MOST_MICROS_BESIDE), node, false, task);
    }

    private Path path() {
        return root.resolve("life" + life);
    }

    @Override
    public void read(Consumer<GroupRecord> consumer) {
        try {
            LogConfig config = new LogConfig(
                    syncEntries ? SyncPolicy.ALWAYS : SyncPolicy.INTERVAL,
                    Duration.ofSeconds(1),
                    SMALLEST_SEGMENT,
                    Retention.NONE,
                    1 << 20);
            directory = DataDirectory.open(path(), "a simulated node");
            files = new GroupFiles(
                    directory, config, InstantSource.system(), groups, 1, 1, this::beside, failure -> {});
            if (files.mayHaveForgotten()) {
                simulation.violated("a machine that did not go down has forgotten something");
            }
            files.read(consumer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void append(GroupRecord entry) {
        try {
            files.append(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public GroupPiece keep(int group, long index, byte[] bytes) {
        try {
            return files.keep(group, index, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) {
        try {
            return files.keepAll(group, index, pieces);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] bytes(GroupPiece piece) throws IOException {
        return files.bytes(piece);
    }

    @Override
    public void flush(boolean toDisk) throws IOException {
        super.flush(toDisk);
        int before = files.segments();
        files.flush(toDisk);
        if (files.segments() < before) {
            simulation.count("times old segments went");
        }
    }

    /** The process is gone: the next one has the files as they are now. */
    @Override
    void crash() {
        super.crash();
        try {
            Path before = path();
            life++;
            Path after = path();
            Files.createDirectories(after);
            // First: it must not tell of more than is copied.
            Files.copy(before.resolve(LogEnd.NAME), after.resolve(LogEnd.NAME));
            copy(before, after);
            files.close();
            directory.close();
            delete(before);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    void end() {
        try {
            files.close();
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.notExists(copy)) {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
