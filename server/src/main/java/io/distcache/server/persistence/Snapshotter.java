package io.distcache.server.persistence;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.LogWriter;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Shards;
import io.distcache.server.snapshot.SnapshotConfig;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes snapshots when they are due or asked for, and removes the snapshots and segments that are no longer needed then. Confined to
 * the snapshot thread; {@link #ageMillis} and {@link #keepFrom} any thread may ask.
 */
final class Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);
    private static final long RETRY_NANOS = 10_000_000_000L;

    private final SnapshotConfig config;
    private final InstantSource clock;
    private final DataDirectory directory;
    private final KeptFiles kept;
    private final LogWriter log;
    private final Caches caches;
    private final Shards shards;
    private final long incarnation;
    private final LongSupplier changes;
    private final Set<Path> damaged = new HashSet<>();
    private volatile long takenMillis;
    /** The log from here on is kept for somebody else. */
    private volatile long neededFrom = Long.MAX_VALUE;

    private long position;
    private long changesBefore;
    private long retryNanos = System.nanoTime();

    /**
     * A snapshotter that goes on from what a start has found.
     *
     * @param changes how many there were since the start
     */
    Snapshotter(
            SnapshotConfig config,
            InstantSource clock,
            DataDirectory directory,
            KeptFiles kept,
            LogWriter log,
            Caches caches,
            Shards shards,
            Recovery.Recovered start,
            LongSupplier changes) {
        this.config = config;
        this.clock = clock;
        this.directory = directory;
        this.kept = kept;
        this.log = log;
        this.caches = caches;
        this.shards = shards;
        this.incarnation = start.incarnation();
        this.changes = changes;
        Recovery.Snapshot newest = start.snapshot();
        this.takenMillis = newest == null ? -1 : newest.end().endedMillis();
        this.position = newest == null ? 0 : newest.header().position();
        start.damaged().forEach(snapshot -> damaged.add(snapshot.file()));
    }

    /** Writes a snapshot if the settings want one now; tells nobody but the log if that fails. */
    void takeIfDue() {
        if (log.failure() == null && isDue() && System.nanoTime() - retryNanos >= 0) {
            try {
                take();
            } catch (IOException | RuntimeException e) {
                // The log goes on without it.
                LOG.error(
                        "no snapshot, next try in {} s: {}. The log has every change",
                        RETRY_NANOS / 1_000_000_000,
                        FileFailure.text(e));
                retryNanos = System.nanoTime() + RETRY_NANOS;
            }
        }
    }

    private boolean isDue() {
        long interval = config.interval().toMillis();
        boolean old = interval > 0 && (takenMillis < 0 || clock.millis() - takenMillis >= interval);
        return (old && changesSince() >= config.minChanges())
                || (config.logBytes() > 0 && log.position() - position >= config.logBytes());
    }

    /** Changes since the newest snapshot. */
    long changesSince() {
        return changes.getAsLong() - changesBefore;
    }

    /** Milliseconds since the newest snapshot; -1 if there is none. */
    long ageMillis() {
        long taken = takenMillis;
        return taken < 0 ? -1 : Math.max(0, clock.millis() - taken);
    }

    /** Keeps the log from a position on, whatever snapshots have. Any thread may ask. */
    void keepFrom(long from) {
        neededFrom = from;
    }

    /** Writes a snapshot now, and returns its file. */
    Path take() throws IOException {
        // Whatever is there under these names now must be this node's before a file of it goes there.
        log.check();
        refuseIfFull();
        long began = System.nanoTime();
        long changesNow = changes.getAsLong();
        Caches.Moment moment = caches.moment(log::position);
        long lastVersion = Math.max(incarnation, shards.lastVersion());
        SnapshotHeader header = new SnapshotHeader(
                shards.size(), incarnation, moment.position(), clock.millis(), lastVersion, moment.lastId());
        Path file;
        long entries;
        long bytes;
        try (SnapshotWriter out = new SnapshotWriter(directory.snapshots(), header)) {
            shards.snapshot(moment.caches(), log::position, out);
            long end = log.sync();
            file = out.commit(end, clock.millis());
            log.check();
            kept.snapshot(file);
            log.coveredBySnapshot();
            damaged.remove(file);
            entries = out.entries();
            bytes = out.bytes();
        } catch (IOException e) {
            throw FileFailure.wrapped(
                    "the snapshot at position " + moment.position() + " could not be written in "
                            + directory.snapshots(),
                    e);
        }
        takenMillis = clock.millis();
        position = moment.position();
        changesBefore = changesNow;
        int removed = removeOld();
        LOG.info(
                "snapshot {}: {} entries, {} bytes, {} ms; {} segments of the log removed",
                file.getFileName(),
                entries,
                bytes,
                (System.nanoTime() - began) / 1_000_000,
                removed);
        return file;
    }

    /** A snapshot that fills the disk would take the log's space, and so stop the node from taking changes. */
    private void refuseIfFull() throws IOException {
        long needed = caches.all().stream()
                .filter(Cache::isLogged)
                .mapToLong(Cache::bytes)
                .sum();
        long free = Files.getFileStore(directory.snapshots()).getUsableSpace();
        if (free < needed) {
            throw new IOException("a snapshot needs about " + needed + " bytes, and " + free
                    + " are free on the disk of " + directory.snapshots());
        }
    }

    private int removeOld() throws IOException {
        for (Path file : damaged) {
            // It counts for nothing, now that there is a newer one.
            Files.deleteIfExists(file);
        }
        damaged.clear();
        List<Path> all = SnapshotReader.list(directory.snapshots());
        int keep = Math.min(config.keep(), all.size());
        for (Path old : all.subList(0, all.size() - keep)) {
            Files.delete(old);
        }
        return keep == 0 ? 0 : log.removeBefore(Math.min(neededFrom, Segment.positionOf(all.get(all.size() - keep))));
    }
}
