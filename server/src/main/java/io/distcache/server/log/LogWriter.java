package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the log: what many shards append becomes one write and, under {@link SyncPolicy#ALWAYS}, one sync (group commit).
 *
 * <pre>
 *  append ... append        any thread, under its shard's lock: a copy into the group that is being gathered   (Gathering)
 *         flush             the same threads, once for many appends, before they answer
 *           |               INTERVAL, OS: writes the group there and then      ALWAYS: wakes the log's thread   (LogThread)
 *         write             the group, whoever's it is, in order                                                (Segments)
 *         sync              the log's thread                                                                    (Syncing)
 *           |
 *     group's stage         completes: the changes may be answered
 * </pre>
 *
 * <p>A failed write or sync is final ({@link LogState}): it fails its group and every later one, until {@link #reopen}. What a failed
 * sync covered may be gone from the page cache: trying again could succeed without the bytes being on disk.
 *
 * <p>Locks are taken in this order: the right to write, the lock of syncs, the lock of appends. Thread-safe.
 */
public final class LogWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final long SPIN_NANOS = 50_000;

    private final LogConfig config;
    private final LogState state;
    private final Gathering gathering;
    private final Segments segments;
    private final Syncing syncing;
    private final LogThread thread;
    /** The right to write: whoever sets it has it. */
    private final AtomicBoolean writing = new AtomicBoolean();

    /**
     * A log that goes on in a new segment.
     *
     * @param position where the log ends now
     * @param onFailure told once of each failure, on the thread that met it
     * @param place asked before files are made or removed there, with each sync, and each second
     */
    public LogWriter(
            Path directory,
            LogConfig config,
            InstantSource clock,
            int shards,
            long incarnation,
            long position,
            Consumer<IOException> onFailure,
            LogPlace place) {
        this(directory, config, clock, shards, incarnation, position, onFailure, SegmentFile.Storage.DISK, place);
    }

    LogWriter(
            Path directory,
            LogConfig config,
            InstantSource clock,
            int shards,
            long incarnation,
            long position,
            Consumer<IOException> onFailure,
            SegmentFile.Storage storage,
            LogPlace place) {
        this(directory, config, clock, Segment.By.shards(shards, incarnation), position, onFailure, storage, place);
    }

    /** A log that goes on in a new segment. */
    public LogWriter(
            Path directory,
            LogConfig config,
            InstantSource clock,
            Segment.By by,
            long position,
            Consumer<IOException> onFailure,
            LogPlace place) {
        this(directory, config, clock, by, position, onFailure, SegmentFile.Storage.DISK, place);
    }

    private LogWriter(
            Path directory,
            LogConfig config,
            InstantSource clock,
            Segment.By by,
            long position,
            Consumer<IOException> onFailure,
            SegmentFile.Storage storage,
            LogPlace place) {
        this.config = config;
        this.state = new LogState(by.incarnation(), position, place, onFailure);
        this.gathering = new Gathering(clock, state, position);
        this.segments = new Segments(directory, config, clock, by, storage, place, state);
        this.syncing = new Syncing(segments, state);
        this.thread = new LogThread(config, gathering, segments, syncing, this::writePending, this::lookAfterFiles);
    }

    /**
     * Opens the first segment and starts the log's thread. If the segment cannot be made the log is a failed one, which can be
     * {@link #reopen}ed.
     */
    public void start() {
        try {
            segments.syncEarlier();
            segments.begin(gathering.position());
            syncing.sync();
        } catch (IOException e) {
            fail(e);
        }
        thread.start();
    }

    /**
     * A start needs this segment, which an earlier process wrote: if somebody removes it or cuts it off, the log has failed.
     *
     * @throws IOException if it cannot be looked at
     */
    public void keep(Path before) throws IOException {
        segments.keep(before);
    }

    /** Starts as a failed log, which can be {@link #reopen}ed: something before the first segment could not be written. */
    public void startFailed(IOException cause) {
        fail(cause);
        thread.start();
    }

    // --- append, flush ---

    /**
     * Appends a record; does no I/O.
     *
     * @param payloadBytes 1 to {@link LogRecord#MAX_PAYLOAD_BYTES}
     * @return completes when the record is where the sync policy wants it, which takes a {@link #flush}
     */
    public CompletionStage<Void> append(int shard, int payloadBytes, Payload payload) {
        return gathering.append(shard, payloadBytes, payload);
    }

    /**
     * Sends what was appended on its way, if nobody does already. To be called, holding no lock, after appends and before their
     * thread turns to something else; their stages may complete in it, or later on any thread.
     */
    public void flush() {
        if (!gathering.isPending()) {
            return;
        }
        if (config.sync() == SyncPolicy.ALWAYS) {
            thread.wake();
        } else {
            writePending();
        }
    }

    /** Position after what was appended last. */
    public long position() {
        return gathering.position();
    }

    /** Position of the segment that is being written. */
    public long newestSegment() {
        return segments.newest();
    }

    /** Everything before this position is with the operating system. */
    public long writtenTo() {
        return state.writtenTo();
    }

    /** Everything before this position is on disk. */
    public long syncedTo() {
        return state.syncedTo();
    }

    /** Bytes not known to be on disk. */
    public long unsyncedBytes() {
        return position() - syncedTo();
    }

    /** How long the last sync took. */
    public long syncNanos() {
        return syncing.nanos();
    }

    /** Whether so much waits to be written that no more should be appended. */
    public boolean isOverloaded() {
        return gathering.pendingBytes() > config.maxPendingBytes();
    }

    /** Bytes in memory that are yet to be written. */
    public long waitingBytes() {
        return gathering.waitingBytes();
    }

    /** Why nothing can be appended, or null if it can. */
    public @Nullable IOException failure() {
        return state.failure();
    }

    /** Takes no more changes, since what is needed to have them again is not there. */
    public void fail(IOException cause) {
        state.fail(cause);
    }

    /** A snapshot has all changes up to the log's end: what a failure took is no longer missed. */
    public void coveredBySnapshot() {
        state.coveredBySnapshot();
    }

    /**
     * Makes sure that what is written here is found by who looks for it: that the place is still this log's, and the segment that is
     * being written too. If not, the log has failed.
     *
     * @throws IOException if not, or if the log had failed before
     */
    public void check() throws IOException {
        if (state.failure() == null) {
            try {
                segments.check();
            } catch (IOException e) {
                fail(e);
            }
        }
        state.refuseIfFailed();
    }

    private void lookAfterFiles() {
        if (state.failure() == null) {
            try {
                segments.check();
                segments.checkSealed();
                state.note(segments.newest());
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    // --- write ---

    /** Writes what has gathered, unless another thread is at it, which then writes that too. */
    private void writePending() {
        while (gathering.isPending() && writing.compareAndSet(false, true)) {
            CompletableFuture<Void> written;
            IOException failed;
            try {
                written = writeGroup();
                // Before others may reopen the log: what failed here stays failed.
                failed = state.failure();
            } finally {
                writing.set(false);
            }
            // Under ALWAYS the group waits for the sync that its writer, the log's thread, makes next.
            if (written != null) {
                Syncing.complete(written, failed);
            }
        }
    }

    /** Returns the stage of those who need not wait for a sync, or null. */
    private @Nullable CompletableFuture<Void> writeGroup() {
        Gathering.Group group = gathering.take();
        boolean sealed = false;
        try {
            state.refuseIfFailed();
            sealed = segments.write(group);
            state.written(group.end);
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Whoever waits for the group must be told.
            fail(new IOException("the log could not be written: " + e, e));
        }
        CompletableFuture<Void> stage = gathering.written(group);
        if (sealed && config.sync() != SyncPolicy.ALWAYS) {
            thread.wake();
        }
        if (state.failure() == null && config.sync() == SyncPolicy.ALWAYS) {
            syncing.await(stage);
            return null;
        }
        return stage;
    }

    /** Writes everything appended so far: when this returns the operating system has it. A failure is final. */
    public void write() throws IOException {
        writeAll();
        state.refuseIfFailed();
    }

    private void writeAll() {
        long target = position();
        writePending();
        while (state.writtenTo() < target && state.failure() == null) {
            // Another thread is writing it.
            LockSupport.parkNanos(SPIN_NANOS);
            writePending();
        }
    }

    /**
     * Brings everything appended so far to disk.
     *
     * @return the position up to which the log is on disk
     */
    public long sync() throws IOException {
        writeAll();
        syncing.syncForWaiting();
        check();
        return syncedTo();
    }

    // --- reclaim ---

    /** Removes segments that end before a position and that nothing else says to keep. Returns how many. */
    public int removeBefore(long needed) throws IOException {
        List<Path> removable = segments.removableBefore(needed);
        if (!removable.isEmpty()) {
            // They may be another node's by now.
            check();
        }
        for (Path file : removable) {
            Files.delete(file);
        }
        return removable.size();
    }

    // --- failure, and what comes after ---

    /**
     * Goes on after a failure, in a new segment. What the failure took is not in the log: the caller makes a snapshot before it
     * tells anybody that all is well.
     *
     * @throws IOException if it fails again
     */
    public void reopen() throws IOException {
        List<CompletableFuture<Void>> abandoned = new ArrayList<>();
        while (!writing.compareAndSet(false, true)) {
            LockSupport.parkNanos(SPIN_NANOS);
        }
        try {
            if (state.failure() == null) {
                return;
            }
            syncing.lock();
            gathering.lock();
            try {
                abandoned.addAll(syncing.takeWaiting());
                segments.abandon();
                abandoned.add(gathering.abandon());
                state.giveUpUnsynced();
                long position = gathering.position();
                segments.begin(position);
                state.goOn(position);
                syncing.sync();
                state.refuseIfFailed();
                LOG.info("the log goes on at position {}", position);
            } finally {
                gathering.unlock();
                syncing.unlock();
            }
        } finally {
            writing.set(false);
            IOException lost = new IOException("the log failed before the change was in it");
            abandoned.forEach(stage -> Syncing.complete(stage, lost));
        }
    }

    /** Writes and syncs what was appended, and ends the log's thread. */
    @Override
    public void close() throws IOException {
        // First: what is appended later than this is refused, and all that was taken is written.
        if (!gathering.close()) {
            return;
        }
        boolean hadFailed = state.failure() != null;
        IOException failed = null;
        try {
            sync();
            state.note(segments.newest());
        } catch (IOException e) {
            failed = hadFailed ? null : e;
        }
        thread.end();
        segments.close();
        if (failed != null) {
            throw failed;
        }
    }
}
