package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the log: what many shards append becomes one write and, under {@link SyncPolicy#ALWAYS}, one sync (group commit).
 *
 * <pre>
 *  append ... append        any thread, under its shard's lock: a copy into the group that is being gathered
 *         flush             the same threads, once for many appends, before they answer
 *           |               INTERVAL, OS: writes the group there and then      ALWAYS: wakes the log's thread
 *         write             the group, whoever's it is, in order
 *         sync              the log's thread
 *           |
 *     group's stage         completes: the changes may be answered
 * </pre>
 *
 * <p>A failed write or sync is final: it fails its group and every later one, until {@link #reopen}. What a failed sync covered may
 * be gone from the page cache, so trying again could succeed without the bytes being on disk.
 *
 * <p>Thread-safe.
 */
public final class LogWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final int FIRST_BUFFER_BYTES = 64 * 1024;
    private static final int KEPT_BUFFER_BYTES = 4 << 20;
    /** From here on a buffer grows in smaller steps: two of a size are in memory while it does. */
    private static final int LARGE_BUFFER_BYTES = 4 << 20;

    private static final int WRITE_BYTES = 256 * 1024;
    private static final long IDLE_NANOS = 20_000_000;
    private static final long SPIN_NANOS = 50_000;
    private static final long MOST_GATHERING_NANOS = 300_000;
    private static final long CHECK_NANOS = DataDirectory.CHECK_MILLIS * 1_000_000;

    /** Puts a payload into an array from an offset on. */
    @FunctionalInterface
    public interface Payload {
        void writeTo(byte[] array, int offset);
    }

    /** Where the log is. */
    @FunctionalInterface
    public interface Place {
        /**
         * Whether it is still the node's own. Any thread.
         *
         * @throws IOException if not; the message says what has become of it
         */
        void check() throws IOException;

        /** Told how far the log is, now and then; whoever reads the log later may ask it. Does not throw. */
        default void reached(LogEnd end) {}
    }

    /** Bytes of records that are written together, and who waits for them. */
    private static final class Group {
        byte[] bytes = new byte[FIRST_BUFFER_BYTES];
        int used;
        int count;
        CompletableFuture<Void> done = new CompletableFuture<>();

        /** A stage for what is appended next; the ones waiting for the old one keep it. */
        CompletableFuture<Void> renew() {
            CompletableFuture<Void> old = done;
            done = new CompletableFuture<>();
            used = 0;
            count = 0;
            if (bytes.length > KEPT_BUFFER_BYTES) {
                bytes = new byte[FIRST_BUFFER_BYTES];
            }
            return old;
        }
    }

    private final Path directory;
    private final LogConfig config;
    private final InstantSource clock;
    private final int shards;
    private final long incarnation;
    private final Consumer<IOException> onFailure;
    private final SegmentFile.Storage storage;
    private final Place place;
    private final Thread thread = new Thread(this::run, "distcache-log");

    // Guarded by appendLock.
    private final ReentrantLock appendLock = new ReentrantLock();
    private final LogRecord records = new LogRecord();
    private Group gathering = new Group();
    private long position;
    private long markedMillis = Long.MIN_VALUE;

    // Of whoever has `writing`.
    private final AtomicBoolean writing = new AtomicBoolean();
    private Group spare = new Group();
    private @Nullable SegmentFile current;
    /** The position of the newest segment. */
    private volatile long segment = LogEnd.UNKNOWN;

    private long currentBytes;

    /** Segments that a start needs and that are written to no more. */
    private final Map<Path, KeptFile> sealed = new ConcurrentSkipListMap<>();

    // Guarded by syncLock.
    private final ReentrantLock syncLock = new ReentrantLock();

    // Guarded by itself: files written to and not synced since, the newest last.
    private final Deque<SegmentFile> unsynced = new ArrayDeque<>();
    private boolean namesUnsynced;

    // Guarded by itself: groups that wait for a sync, under ALWAYS.
    private final Deque<CompletableFuture<Void>> writtenNotSynced = new ArrayDeque<>();

    private volatile boolean pending;
    private volatile int pendingBytes;
    private volatile int writingBytes;
    private volatile int pendingRecords;
    /** Of the log's thread: records that the last sync was for. */
    private int pendingAtWrite;

    private volatile long writtenTo;
    private volatile long syncedTo;
    private volatile long syncNanos;
    private volatile @Nullable IOException failure;
    /** The log is without a gap before this position, or a snapshot has what is missing. */
    private volatile long wholeTo = Long.MAX_VALUE;

    private volatile boolean idle;
    private volatile boolean closed;

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
            Place place) {
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
            Place place) {
        this.directory = directory;
        this.config = config;
        this.clock = clock;
        this.shards = shards;
        this.incarnation = incarnation;
        this.position = position;
        this.writtenTo = position;
        this.syncedTo = position;
        this.onFailure = onFailure;
        this.storage = storage;
        this.place = place;
        thread.setDaemon(true);
    }

    /**
     * Opens the first segment and starts the log's thread. If the segment cannot be made the log is a failed one, which can be
     * {@link #reopen}ed.
     */
    public void start() {
        try {
            // What the last process wrote may still be in the page cache only, and marks will say that it is on disk.
            for (Path before : Segment.list(directory)) {
                try {
                    storage.sync(before);
                } catch (IOException e) {
                    throw FileFailure.wrapped("the log's " + before + " could not be brought to disk", e);
                }
            }
            begin(position);
            syncNow();
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
        sealed.put(before, KeptFile.of(before));
    }

    /** Starts as a failed log, which can be {@link #reopen}ed: something before the first segment could not be written. */
    public void startFailed(IOException cause) {
        fail(cause);
        thread.start();
    }

    /**
     * Appends a record; does no I/O.
     *
     * @param payloadBytes 1 to {@link LogRecord#MAX_PAYLOAD_BYTES}
     * @return completes when the record is where the sync policy wants it, which takes a {@link #flush}
     */
    public CompletionStage<Void> append(int shard, int payloadBytes, Payload payload) {
        appendLock.lock();
        try {
            IOException failed = failure;
            if (failed != null || closed) {
                return CompletableFuture.failedFuture(failed == null ? new IOException("the log is closed") : failed);
            }
            Group group = gathering;
            if (group.used == 0) {
                mark(group);
            }
            int start = group.used;
            int end = start + LogRecord.HEADER_BYTES + payloadBytes;
            try {
                ensure(group, end);
            } catch (OutOfMemoryError e) {
                // What is changed in memory is missing here from now on, and the log must not go on without it.
                IOException none = new IOException("no memory for a record of " + payloadBytes + " bytes: " + e, e);
                fail(none);
                return CompletableFuture.failedFuture(none);
            }
            payload.writeTo(group.bytes, start + LogRecord.HEADER_BYTES);
            records.seal(group.bytes, start, payloadBytes, shard, position);
            group.used = end;
            position += end - start;
            pendingBytes = end;
            group.count++;
            pendingRecords = group.count;
            pending = true;
            return group.done;
        } finally {
            appendLock.unlock();
        }
    }

    private void mark(Group group) {
        long now = clock.millis();
        if (now != markedMillis) {
            markedMillis = now;
            ensure(group, LogRecord.MARK_BYTES);
            records.writeMark(group.bytes, 0, now, Math.min(syncedTo, wholeTo), position);
            group.used = LogRecord.MARK_BYTES;
            position += LogRecord.MARK_BYTES;
        }
    }

    private static void ensure(Group group, int bytes) {
        if (bytes > group.bytes.length) {
            int length = group.bytes.length;
            long grown = length < LARGE_BUFFER_BYTES ? 2L * length : length + (length >> 2);
            byte[] larger = new byte[(int) Math.min(Integer.MAX_VALUE - 8, Math.max(bytes, grown))];
            System.arraycopy(group.bytes, 0, larger, 0, group.used);
            group.bytes = larger;
        }
    }

    /**
     * Sends what was appended on its way, if nobody does already. To be called, holding no lock, after appends and before their
     * thread turns to something else; their stages may complete in it, or later on any thread.
     */
    public void flush() {
        if (!pending) {
            return;
        }
        if (config.sync() == SyncPolicy.ALWAYS) {
            wake();
        } else {
            writePending();
        }
    }

    private void wake() {
        if (idle) {
            idle = false;
            LockSupport.unpark(thread);
        }
    }

    /** Position after what was appended last. */
    public long position() {
        appendLock.lock();
        try {
            return position;
        } finally {
            appendLock.unlock();
        }
    }

    /** Everything before this position is on disk. */
    public long syncedTo() {
        return syncedTo;
    }

    /** Bytes written and not known to be on disk, and bytes not written. */
    public long unsyncedBytes() {
        return position() - syncedTo;
    }

    /** How long the last sync took. */
    public long syncNanos() {
        return syncNanos;
    }

    /** Whether so much waits to be written that no more should be appended. */
    public boolean isOverloaded() {
        return pendingBytes > config.maxPendingBytes();
    }

    /** Bytes in memory that are yet to be written. */
    public long waitingBytes() {
        return (long) pendingBytes + writingBytes;
    }

    /** Why nothing can be appended, or null if it can. */
    public @Nullable IOException failure() {
        return failure;
    }

    /**
     * Brings everything appended so far to disk.
     *
     * @return the position up to which the log is on disk
     */
    public long sync() throws IOException {
        long target = position();
        writePending();
        while (writtenTo < target && failure == null) {
            // Another thread is writing it.
            LockSupport.parkNanos(SPIN_NANOS);
            writePending();
        }
        syncWritten();
        check();
        return syncedTo;
    }

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
            IOException failed = failure;
            if (failed == null) {
                return;
            }
            syncLock.lock();
            appendLock.lock();
            try {
                abandoned.addAll(takeWrittenNotSynced());
                abandoned.add(abandon());
                wholeTo = Math.min(wholeTo, syncedTo);
                sealed.clear();
                begin(position);
                writtenTo = position;
                failure = null;
                syncNow();
                IOException again = failure;
                if (again != null) {
                    throw again;
                }
                LOG.info("the log goes on at position {}", position);
            } finally {
                appendLock.unlock();
                syncLock.unlock();
            }
        } finally {
            writing.set(false);
            IOException lost = new IOException("the log failed before the change was in it");
            abandoned.forEach(stage -> complete(stage, lost));
        }
    }

    /** A snapshot has all changes up to the log's end: what a failure took is no longer missed. */
    public void coveredBySnapshot() {
        wholeTo = Long.MAX_VALUE;
    }

    /** The files of the failed past: whatever they hold, a snapshot will take their place. */
    private CompletableFuture<Void> abandon() {
        synchronized (unsynced) {
            unsynced.forEach(LogWriter::closeQuietly);
            unsynced.clear();
        }
        SegmentFile last = current;
        if (last != null) {
            closeQuietly(last);
        }
        current = null;
        pending = false;
        pendingBytes = 0;
        pendingRecords = 0;
        return gathering.renew();
    }

    private static void closeQuietly(SegmentFile open) {
        try {
            open.close();
        } catch (IOException e) {
            LOG.debug("closing {} failed", open, e);
        }
    }

    /**
     * Makes sure that what is written here is found by who looks for it: that the place is still this log's, and the segment that is
     * being written too. If not, the log has failed.
     *
     * @throws IOException if not, or if the log had failed before
     */
    public void check() throws IOException {
        if (failure == null) {
            checkPlace();
        }
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    private void checkPlace() {
        SegmentFile open = null;
        boolean same = false;
        while (!same) {
            open = current();
            try {
                place.check();
                if (open != null) {
                    open.check();
                }
                return;
            } catch (IOException e) {
                same = open == current();
                if (same) {
                    fail(e);
                }
                // Else another one has been begun, and the one before may have been closed, and removed, meanwhile.
            }
        }
    }

    private void checkSealed() {
        for (KeptFile file : sealed.values()) {
            try {
                file.check();
            } catch (IOException e) {
                if (sealed.containsKey(file.file())) {
                    fail(e);
                    return;
                }
                // Else it was removed here, since nothing needs it any more.
            }
        }
    }

    private @Nullable SegmentFile current() {
        synchronized (unsynced) {
            return current;
        }
    }

    /** Removes segments that end before a position and that nothing else says to keep. Returns how many. */
    public int removeBefore(long needed) throws IOException {
        List<Path> files = Segment.list(directory);
        long bytesFromHere = 0;
        List<Path> removable = new ArrayList<>();
        for (int i = files.size() - 1; i >= 0; i--) {
            bytesFromHere += Files.size(files.get(i));
            if (i + 1 < files.size() && Segment.positionOf(files.get(i + 1)) <= needed) {
                // Files' times are the system's, which may have been set: what either clock takes for young stays.
                long age = Math.min(clock.millis(), System.currentTimeMillis())
                        - Files.getLastModifiedTime(files.get(i)).toMillis();
                if (!config.retain().keeps(age, bytesFromHere)) {
                    // What remains must be without a gap: nothing older than what goes stays.
                    removable.addAll(files.subList(0, i + 1));
                    break;
                }
            }
        }
        sealed.keySet().retainAll(Segment.from(needed, files));
        if (!removable.isEmpty()) {
            // They may be another node's by now.
            check();
        }
        for (Path file : removable) {
            Files.delete(file);
        }
        return removable.size();
    }

    /** Writes and syncs what was appended, and ends the log's thread. */
    @Override
    public void close() throws IOException {
        boolean hadFailed;
        appendLock.lock();
        try {
            if (closed) {
                return;
            }
            // First: what is appended later than this is refused, and all that was taken is written.
            closed = true;
            hadFailed = failure != null;
        } finally {
            appendLock.unlock();
        }
        IOException failed = null;
        try {
            sync();
            note(segment);
        } catch (IOException e) {
            failed = hadFailed ? null : e;
        }
        LockSupport.unpark(thread);
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (unsynced) {
            unsynced.forEach(LogWriter::closeQuietly);
            unsynced.clear();
        }
        SegmentFile last = current;
        if (last != null) {
            closeQuietly(last);
        }
        if (failed != null) {
            throw failed;
        }
    }

    // --- write ---

    /** Writes what has gathered, unless another thread is at it, which then writes that too. */
    private void writePending() {
        while (pending && writing.compareAndSet(false, true)) {
            CompletableFuture<Void> written;
            IOException failed;
            try {
                written = writeGroup();
                // Before others may reopen the log: what failed here stays failed.
                failed = failure;
            } finally {
                writing.set(false);
            }
            // Under ALWAYS the group waits for the sync that its writer, the log's thread, makes next.
            if (written != null) {
                complete(written, failed);
            }
        }
    }

    private @Nullable CompletableFuture<Void> writeGroup() {
        Group group;
        CompletableFuture<Void> stage;
        long end;
        appendLock.lock();
        try {
            group = gathering;
            gathering = spare;
            spare = group;
            pending = false;
            writingBytes = group.used;
            pendingBytes = 0;
            pendingRecords = 0;
            end = position;
        } finally {
            appendLock.unlock();
        }
        try {
            IOException failed = failure;
            if (failed != null) {
                throw failed;
            }
            write(group, end - group.used);
            writtenTo = end;
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Whoever waits for the group must be told.
            fail(new IOException("the log could not be written: " + e, e));
        }
        stage = group.renew();
        writingBytes = 0;
        if (failure == null && config.sync() == SyncPolicy.ALWAYS) {
            synchronized (writtenNotSynced) {
                writtenNotSynced.add(stage);
            }
            return null;
        }
        return stage;
    }

    private void write(Group group, long groupPosition) throws IOException {
        if (currentBytes > Segment.HEADER_BYTES && currentBytes + group.used > config.segmentBytes()) {
            begin(groupPosition);
        }
        SegmentFile open = current;
        if (open == null) {
            throw new IOException("the log has no segment open");
        }
        try {
            for (int i = 0; i < group.used; i += WRITE_BYTES) {
                open.write(group.bytes, i, Math.min(WRITE_BYTES, group.used - i));
            }
        } catch (IOException e) {
            throw FileFailure.wrapped("the log could not be written to " + open, e);
        }
        currentBytes += group.used;
        synchronized (unsynced) {
            // Only now: a sync that took the file before the write had ended would have missed some of it.
            if (unsynced.peekLast() != open) {
                unsynced.add(open);
            }
        }
    }

    /** The next segment. The one before stays open until it is synced. */
    private void begin(long at) throws IOException {
        Path path = directory.resolve(Segment.name(at));
        // What has this name in a place that is no longer the log's may be another node's.
        place.check();
        SegmentFile before = current;
        if (before != null) {
            // Later checks are of the next one: what was done to this one since the last must be seen now.
            before.check();
        }
        // An earlier process may have begun one here, and have written nothing into it: that one is replaced.
        sealed.remove(path);
        SegmentFile opened;
        try {
            opened = storage.create(path);
        } catch (IOException e) {
            throw FileFailure.wrapped("the log's next segment could not be made", e);
        }
        try {
            opened.write(new Segment(path, at, shards, incarnation).header(), 0, Segment.HEADER_BYTES);
        } catch (IOException e) {
            opened.close();
            throw FileFailure.wrapped("the header of " + path + " could not be written", e);
        }
        if (before != null) {
            Path full = directory.resolve(Segment.name(segment));
            sealed.put(full, new KeptFile(full, currentBytes));
        }
        currentBytes = Segment.HEADER_BYTES;
        segment = at;
        note(at);
        synchronized (unsynced) {
            // In here: a sync that saw the one before neither as the current one nor among these would close it.
            current = opened;
            if (before != null && unsynced.peekLast() != before) {
                // Synced since its last write; the next sync closes it.
                unsynced.add(before);
            }
            unsynced.add(opened);
            namesUnsynced = true;
        }
        if (config.sync() != SyncPolicy.ALWAYS) {
            wake();
        }
    }

    private void note(long newest) {
        if (failure == null) {
            boolean whole = wholeTo == Long.MAX_VALUE;
            place.reached(new LogEnd(incarnation, known(syncedTo), known(writtenTo), whole ? newest : LogEnd.UNKNOWN));
        }
    }

    /** Behind a gap, which only a snapshot fills, nothing is promised until there is one. */
    private long known(long position) {
        return Math.min(position, wholeTo);
    }

    private static void complete(CompletableFuture<Void> stage, @Nullable IOException failed) {
        if (failed == null) {
            stage.complete(null);
        } else {
            stage.completeExceptionally(failed);
        }
    }

    /** Takes no more changes, since what is needed to have them again is not there. */
    public void fail(IOException cause) {
        synchronized (this) {
            if (failure != null) {
                return;
            }
            failure = cause;
        }
        // What was written and not synced may be gone.
        place.reached(new LogEnd(incarnation, known(syncedTo), known(syncedTo), LogEnd.UNKNOWN));
        LOG.error("the log failed, and takes no more changes: {}", FileFailure.text(cause));
        onFailure.accept(cause);
    }

    // --- sync ---

    private void run() {
        long interval = config.syncInterval().toNanos();
        long lastSync = System.nanoTime();
        long lastCheck = lastSync;
        while (!closed) {
            try {
                if (System.nanoTime() - lastCheck >= CHECK_NANOS && failure == null) {
                    lastCheck = System.nanoTime();
                    checkPlace();
                    checkSealed();
                    note(segment);
                }
                if (config.sync() == SyncPolicy.ALWAYS) {
                    if (pending) {
                        gather();
                        pendingAtWrite = pendingRecords;
                        writePending();
                        syncWritten();
                        continue;
                    }
                    pendingAtWrite = 0;
                    park(IDLE_NANOS);
                } else {
                    park(Math.min(IDLE_NANOS, interval));
                    // Whoever appends flushes too; this is for what a thread left behind that died in between.
                    writePending();
                    boolean due = config.sync() == SyncPolicy.INTERVAL && System.nanoTime() - lastSync >= interval;
                    if (due || hasSealed()) {
                        lastSync = System.nanoTime();
                        syncNow();
                    }
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("the log's thread failed; it goes on", e);
            }
        }
    }

    /**
     * Waits a little for those who were answered by the last sync, if others wait already: they will share the next one. Without
     * that, callers that wait for each reply form two halves which take turns, each waiting for the other's sync.
     */
    private void gather() {
        int expected = pendingAtWrite + pendingRecords;
        long deadline = System.nanoTime() + Math.min(syncNanos / 4, MOST_GATHERING_NANOS);
        while (pendingAtWrite > 0 && pendingRecords < expected && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(SPIN_NANOS);
        }
    }

    private void park(long nanos) {
        idle = true;
        if (!pending || config.sync() != SyncPolicy.ALWAYS) {
            LockSupport.parkNanos(this, nanos);
        }
        idle = false;
    }

    private boolean hasSealed() {
        synchronized (unsynced) {
            return unsynced.size() > 1;
        }
    }

    private void syncWritten() {
        List<CompletableFuture<Void>> due;
        IOException failed;
        syncLock.lock();
        try {
            due = takeWrittenNotSynced();
            syncNow();
            // Before others may reopen the log: what was not synced here never will be.
            failed = failure;
        } finally {
            syncLock.unlock();
        }
        due.forEach(stage -> complete(stage, failed));
    }

    private List<CompletableFuture<Void>> takeWrittenNotSynced() {
        synchronized (writtenNotSynced) {
            List<CompletableFuture<Void>> taken = new ArrayList<>(writtenNotSynced);
            writtenNotSynced.clear();
            return taken;
        }
    }

    /** Syncs what was written. Fails the log if that fails. */
    private void syncNow() {
        syncLock.lock();
        try {
            if (failure != null) {
                return;
            }
            long target = writtenTo;
            List<SegmentFile> files;
            boolean names;
            synchronized (unsynced) {
                files = new ArrayList<>(unsynced);
                unsynced.clear();
                names = namesUnsynced;
                namesUnsynced = false;
            }
            if (files.isEmpty() && !names) {
                // Another sync had the file already when this much had been written to it.
                syncedTo = target;
                return;
            }
            long began = System.nanoTime();
            try {
                for (SegmentFile open : files) {
                    sync(open);
                }
                if (names) {
                    storage.syncNames(directory);
                }
            } catch (IOException e) {
                fail(e);
                return;
            }
            // On disk it is; but under a name that a start reads?
            checkPlace();
            if (failure != null) {
                return;
            }
            syncedTo = target;
            syncNanos = System.nanoTime() - began;
            note(segment);
            synchronized (unsynced) {
                for (SegmentFile open : files) {
                    if (open != current && !unsynced.contains(open)) {
                        closeQuietly(open);
                    }
                }
            }
        } finally {
            syncLock.unlock();
        }
    }

    private static void sync(SegmentFile open) throws IOException {
        try {
            open.sync();
        } catch (IOException e) {
            throw FileFailure.wrapped("the log's " + open + " could not be brought to disk", e);
        }
    }
}
