package io.distcache.server.persistence;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FormatFile;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Replay;
import io.distcache.server.shard.Shards;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a start loads from a data directory, in order, and changes nothing there: the newest snapshot that is as it was
 * written, then the log from that snapshot's position on, or from its beginning if there is none. Everybody who wants to know what a
 * start finds goes through it: nodes and tests bring shards back ({@link #into}), tools only look at what comes ({@link Target}).
 * Confined to one thread.
 *
 * <pre>
 *  snapshots/  old   newest        log/  ...... | position .......... end
 *                      |                        |
 *              readSnapshot(target)        readLog(target)
 * </pre>
 */
public final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** Gets what is read. */
    public interface Target {
        /** A snapshot is going to be read: tells who gets what is in it. */
        SnapshotReader.Visitor snapshot(Path file, SnapshotReader reader) throws IOException;

        /**
         * The snapshot that was read turned out to be damaged: what it gave counts for nothing.
         *
         * @param instead the file that is read in its place, or words that say so
         */
        void damaged(DamagedException snapshot, String instead) throws IOException;

        /** The log is going to be read. */
        void log(LogReader reader) throws IOException;

        /** The reader is at a record of the log that the snapshot may not have. */
        void record(LogReader reader) throws IOException;
    }

    /** The snapshot that a start begins with. */
    public record Snapshot(Path file, SnapshotHeader header, SnapshotReader.End end) {}

    /**
     * What was read of the log.
     *
     * @param records that the snapshot may not have
     * @param position where the log goes on
     * @param tail what a crash left at its end, or null
     * @param incarnation the highest of a node that wrote there
     * @param newestMillis about when the newest of them was written; 0 if there is none
     */
    public record Log(
            long records, long position, LogReader.@Nullable Tail tail, long incarnation, long newestMillis) {}

    private final Path directory;
    private final LogEnd.Known noted;
    private final List<Path> snapshots;
    private final boolean wholeLog;
    /** Where the log begins. That of groups, which has no snapshots beside it, loses its oldest segments. */
    private final long beginning;

    private final List<DamagedException> damaged = new ArrayList<>();
    private @Nullable Snapshot snapshot;

    private Recovery(Path directory, boolean wholeLog) throws IOException {
        this.directory = directory;
        this.wholeLog = wholeLog;
        // Before the log is looked at, which a running node goes on writing.
        this.noted = LogEnd.known(directory);
        this.snapshots = SnapshotReader.list(DataDirectory.snapshots(directory));
        Path ofGroups = segmentOfGroups(directory);
        this.beginning = ofGroups == null ? 0 : Segment.positionOf(ofGroups);
    }

    /** A recovery as a start does it. */
    public static Recovery of(Path directory) throws IOException {
        return new Recovery(directory, false);
    }

    /** A recovery from the log alone, from its beginning. */
    public static Recovery ofWholeLog(Path directory) throws IOException {
        return new Recovery(directory, true);
    }

    /**
     * Refuses a directory of which a later version wrote anything; damage is for the recovery to tell.
     *
     * @throws io.distcache.server.log.NewerFormatException naming the file that says so
     */
    public static void refuseNewer(Path directory) throws IOException {
        FormatFile.refuseNewer(directory);
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            try {
                Segment.open(segment);
            } catch (DamagedException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
        for (Path snapshot : SnapshotReader.list(DataDirectory.snapshots(directory))) {
            try (SnapshotReader found = new SnapshotReader(snapshot)) {
                LOG.debug("found {} of {} bytes", snapshot, found.totalBytes());
            } catch (DamagedException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
    }

    /**
     * Refuses the directory of a node in a replicated pool, whose log has no changes of shards.
     *
     * @throws IOException naming a segment that is of such a node
     */
    public static void refuseGroups(Path directory) throws IOException {
        Path file = segmentOfGroups(directory);
        if (file != null) {
            throw new IOException(file + " is of a node in a replicated pool, and this node is in none. Give it a"
                    + " directory of its own (--data-dir); the pool's other members have the data");
        }
    }

    /** The oldest segment, if it is of a node in a replicated pool; else null. */
    public static @Nullable Path segmentOfGroups(Path directory) throws IOException {
        List<Path> all = Segment.list(DataDirectory.log(directory));
        try {
            Segment first = all.isEmpty() ? null : Segment.open(all.get(0));
            return first != null && first.by().version() == Segment.GROUPS_VERSION ? all.get(0) : null;
        } catch (DamagedException e) {
            LOG.debug("{}", e.getMessage());
            return null;
        }
    }

    /**
     * What a start has after its recovery.
     *
     * @param text one line that says what was found
     * @param snapshot it began with, or null if there is none
     * @param log what it read of the log
     * @param damaged snapshots that were passed over, the newest first
     * @param incarnation of the node that goes on: higher than any before
     */
    public record Recovered(
            String text, @Nullable Snapshot snapshot, Log log, List<DamagedException> damaged, long incarnation) {

        /** The newest time that the files name; 0 if they name none. */
        public long newestMillis() {
            return Math.max(log.newestMillis, snapshot == null ? 0 : snapshot.end.endedMillis());
        }
    }

    /**
     * Brings everything back.
     *
     * @param caches without any cache yet
     * @param shards without entries, and in use by nobody
     * @param threads how many store what this one reads; 0 for none beside it
     * @param leastIncarnation the incarnation of the node that goes on, unless the directory knows a higher one
     * @param progress gets percent, now and then
     * @throws DamagedException if a file is damaged, and not by a crash
     */
    public Recovered into(Caches caches, Shards shards, int threads, long leastIncarnation, IntConsumer progress)
            throws IOException {
        return into(new Replay(caches, shards, threads), caches, leastIncarnation, progress);
    }

    /**
     * Brings everything into a store that was another's.
     *
     * @param idsAfter ids of caches are other ones there, higher than this; caches that are there already take what theirs of the same name
     *     had
     * @throws DamagedException if a file is damaged, and not by a crash
     */
    public Recovered intoAnother(Caches caches, Shards shards, int threads, long idsAfter) throws IOException {
        return into(new Replay(caches, shards, threads, idsAfter), caches, 0, percent -> {});
    }

    private Recovered into(Replay into, Caches caches, long leastIncarnation, IntConsumer progress) throws IOException {
        long began = System.nanoTime();
        try (Replay replay = into) {
            Restore restore = new Restore(replay, this, progress);
            Snapshot loaded = readSnapshot(restore);
            Log read = readLog(restore);
            long highest = Math.max(read.incarnation, loaded == null ? 0 : loaded.header.incarnation());
            long incarnation = Math.max(leastIncarnation, highest + 1);
            replay.finish(
                    Math.max(incarnation, loaded == null ? 0 : loaded.header.lastVersion()),
                    loaded == null ? 0 : loaded.header.lastCacheId());
            String text = String.format(
                    "loaded %d entries of %d caches from %s in %d ms",
                    caches.all().stream().mapToLong(Cache::entries).sum(),
                    caches.all().size(),
                    (loaded == null ? "" : loaded.file.getFileName() + " and ") + read.records + " records of the log",
                    (System.nanoTime() - began) / 1_000_000);
            return new Recovered(text, loaded, read, damaged(), Math.max(incarnation, replay.lastVersion()));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the data in " + directory
                            + " has its checksums right, and contents that are none of this version: " + e.getMessage()
                            + ". Look for them with: bin/distcache log print " + directory,
                    e);
        }
    }

    /**
     * Reads the newest snapshot that is as it was written; those that are not are passed over.
     *
     * @return null if there is none
     */
    public @Nullable Snapshot readSnapshot(Target target) throws IOException {
        for (int i = wholeLog ? -1 : snapshots.size() - 1; i >= 0 && snapshot == null; i--) {
            Path file = snapshots.get(i);
            try (SnapshotReader reader = new SnapshotReader(file)) {
                SnapshotReader.End end = reader.read(target.snapshot(file, reader));
                snapshot = new Snapshot(file, reader.header(), end);
            } catch (DamagedException e) {
                damaged.add(e);
                target.damaged(
                        e,
                        i == 0
                                ? "the log from its beginning"
                                : String.valueOf(snapshots.get(i - 1).getFileName()));
            }
        }
        return snapshot;
    }

    /** The snapshot that was read; null before that, and if there is none. */
    public @Nullable Snapshot snapshot() {
        return snapshot;
    }

    /** Snapshots that were passed over, the newest first. */
    public List<DamagedException> damaged() {
        return List.copyOf(damaged);
    }

    /** The log is needed from here on. */
    public long position() {
        return snapshot == null ? beginning : snapshot.header().position();
    }

    /** Up to where the log is known to have gone. */
    public LogEnd.Known end() {
        // Before a snapshot got its name, whatever became of it since, the log was on disk up to its position.
        long named = snapshots.isEmpty() ? 0 : Segment.positionOf(snapshots.get(snapshots.size() - 1));
        long said = snapshot == null ? 0 : snapshot.end().endPosition();
        return noted.or(Math.max(named, said), LogReader.BY_A_SNAPSHOT);
    }

    /**
     * Reads the log from the snapshot on.
     *
     * @throws DamagedException if it is damaged, and not by a crash, or does not reach back so far
     */
    public Log readLog(Target target) throws IOException {
        long from = position();
        long records = 0;
        long newestMillis = 0;
        try (LogReader reader = new LogReader(DataDirectory.log(directory), from, end())) {
            target.log(reader);
            while (reader.next()) {
                newestMillis = Math.max(newestMillis, reader.millis());
                if (reader.position() >= from) {
                    records++;
                    target.record(reader);
                }
            }
            return new Log(
                    records, Math.max(from, reader.nextPosition()), reader.tail(), reader.incarnation(), newestMillis);
        }
    }

    /** Bytes of the log from a position on. */
    long logBytesFrom(long position) throws IOException {
        List<Path> all = Segment.list(DataDirectory.log(directory));
        if (all.isEmpty()) {
            return 0;
        }
        Path last = all.get(all.size() - 1);
        return Math.max(0, Segment.positionOf(last) + Files.size(last) - Segment.HEADER_BYTES - position);
    }
}
