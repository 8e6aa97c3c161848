package io.distcache.server.persistence;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.NodeConfig;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.LogWriter;
import io.distcache.server.log.Segment;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.pool.PoolFile;
import io.distcache.server.pool.PoolStore;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.LocalLog;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shards;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's data directory at work: brings the store back at the start, then logs changes and takes snapshots. Shards log through it
 * from the beginning; before {@link #recover} has ended nothing may change. Thread-safe.
 */
public final class Persistence implements CommitLog, PoolStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
    private static final int CHECK_MILLIS = 200;

    private final ServerConfig config;
    private final NodeClock clock;
    private final DataDirectory directory;
    private final ScanOrderFile scanOrder;
    private final KeptFiles kept;
    private final Backups backups = new Backups();
    private final SnapshotThread thread = new SnapshotThread();
    private final Consumer<@Nullable String> onReadOnly;
    private final LongAdder changes = new LongAdder();
    private volatile @Nullable LogWriter writer;
    private volatile @Nullable LocalLog log;
    private volatile @Nullable Snapshotter snapshotter;
    private volatile @Nullable Shards shards;
    /** What a crash left at the log's end, until it is cut off. */
    private volatile LogReader.@Nullable Tail uncut;

    /** Whether somebody else goes on with what the node has. */
    private volatile boolean isHandedOver;

    private volatile @Nullable String unkept;

    /**
     * Takes the data directory; recovers nothing yet.
     *
     * @param onReadOnly told why the node takes no more changes, and null when it does again
     * @throws IOException if somebody else has the directory, or a later version wrote it
     */
    public Persistence(ServerConfig config, InstantSource clock, Consumer<@Nullable String> onReadOnly)
            throws IOException {
        this.config = config;
        this.clock = NodeClock.of(clock);
        this.onReadOnly = onReadOnly;
        Path path = Path.of(config.node().dataDir());
        Recovery.refuseNewer(path);
        FormerMember.finish(path);
        Recovery.refuseGroups(path);
        this.directory =
                DataDirectory.open(path, "process " + ProcessHandle.current().pid());
        this.scanOrder = ScanOrderFile.of(directory);
        this.kept = new KeptFiles(directory);
    }

    /** By which the node hashes keys: as it did before a restart. */
    public KeyHasher hasher() {
        return scanOrder.hasher();
    }

    // --- the log, as shards see it ---

    @Override
    public CompletionStage<Void> append(int shard, List<Mutation> batch) {
        LocalLog current = log;
        if (current == null) {
            throw new IllegalStateException("a change before the data is loaded");
        }
        changes.increment();
        return current.append(shard, batch);
    }

    @Override
    public void flush() {
        LocalLog current = log;
        if (current != null) {
            current.flush();
        }
    }

    @Override
    public Reply.@Nullable Failure refusal() {
        LocalLog current = log;
        return current == null ? null : current.refusal();
    }

    // --- the start ---

    /**
     * Brings the store back and opens the log for what comes. A node that cannot write starts all the same, read-only.
     *
     * @param leastIncarnation this start's, unless the directory knows a higher one
     * @param progress gets percent, now and then
     * @throws DamagedException if a file is damaged, and not by a crash
     */
    public Recovery.Recovered recover(Caches caches, Shards shards, long leastIncarnation, IntConsumer progress)
            throws IOException {
        Recovery recovery = config.node().recover() == NodeConfig.Recover.LOG
                ? Recovery.ofWholeLog(directory.path())
                : Recovery.of(directory.path());
        int threads = Runtime.getRuntime().availableProcessors();
        Recovery.Recovered found = recovery.into(caches, shards, threads, leastIncarnation, progress);
        LogReader.Tail tail = found.log().tail();
        if (tail != null) {
            LOG.warn(
                    "{}: cut at byte {}, where a crash had left {} bytes of an unfinished write",
                    tail.file(),
                    tail.offset(),
                    tail.bytes());
        }
        // Deadlines were made from that time: an earlier one would let entries live longer than they were given.
        clock.notBefore(found.newestMillis());
        open(caches, shards, found);
        return found;
    }

    private void open(Caches caches, Shards ofNode, Recovery.Recovered found) {
        LogWriter opened = new LogWriter(
                directory.log(),
                config.log(),
                clock,
                config.store().shards(),
                found.incarnation(),
                found.log().position(),
                failure -> failed(FileFailure.text(failure)),
                directory);
        Snapshotter snapshots =
                new Snapshotter(config.snapshot(), clock, directory, kept, opened, caches, ofNode, found, changes::sum);
        writer = opened;
        shards = ofNode;
        log = new LocalLog(opened);
        snapshotter = snapshots;
        uncut = found.log().tail();
        try {
            // Loading can take long.
            directory.check();
            prepare();
            keepNeeded(opened, found.snapshot());
            opened.start();
        } catch (IOException e) {
            opened.startFailed(e);
        }
        thread.repeat(CHECK_MILLIS, () -> {
            backups.releaseUnused();
            if (!isHandedOver) {
                snapshots.takeIfDue();
            }
        });
        thread.repeat(DataDirectory.CHECK_MILLIS, () -> checkFiles(opened));
    }

    private void keepNeeded(LogWriter opened, Recovery.@Nullable Snapshot newest) throws IOException {
        if (newest != null) {
            kept.snapshot(newest.file());
        }
        long from = newest == null ? 0 : newest.header().position();
        for (Path needed : Segment.from(from, Segment.list(directory.log()))) {
            opened.keep(needed);
        }
    }

    /** What must be done before the first segment can be begun, whether at the start or when the disk takes it at last. */
    private void prepare() throws IOException {
        directory.prepare();
        scanOrder.keep(directory);
        LogReader.Tail tail = uncut;
        if (tail != null) {
            LogReader.cut(directory.log(), tail);
            uncut = null;
        }
        removeTemporaries();
    }

    private void removeTemporaries() throws IOException {
        try (var files = Files.newDirectoryStream(directory.snapshots(), "*.tmp")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private void failed(String cause) {
        LocalLog current = log;
        if (current != null) {
            current.readOnly(cause);
        }
        onReadOnly.accept(cause);
    }

    /** What a start would need beside the log, which looks after itself. */
    private void checkFiles(LogWriter current) {
        if (current.failure() == null) {
            try {
                kept.check();
            } catch (IOException e) {
                current.fail(e);
            }
        }
    }

    // --- operators ---

    /** Writes a snapshot and tells which. */
    public void snapshot(Consumer<Reply> responder) {
        run(responder, () -> {
            Path file = loaded(snapshotter).take();
            return new Reply.Files(List.of(new Reply.NodeFile("snapshots/" + file.getFileName(), Files.size(file))));
        });
    }

    /** Goes on after a failure: a new segment, then a snapshot, which has what the failure took; only then are changes taken. */
    public void resume(Consumer<Reply> responder) {
        run(responder, () -> {
            LogWriter current = writer;
            LocalLog local = log;
            if (current != null && local != null && local.isReadOnly()) {
                directory.reclaim();
                kept.forgetSnapshot();
                prepare();
                current.reopen();
                // Before the log takes changes again, and before the snapshot: nothing that failed is in either.
                loaded(shards).revokeUncommitted(new IOException("the log failed before the change was in it"));
                kept.writePoolAgain();
                loaded(snapshotter).take();
                local.readOnly(null);
                onReadOnly.accept(null);
            }
            return Reply.Ok.INSTANCE;
        });
    }

    /** Writes a snapshot and holds it for a client, with the log that belongs to it. */
    public void backup(Session session, Consumer<Reply> responder) {
        run(responder, () -> {
            backups.release(session);
            Path snapshot = loaded(snapshotter).take();
            return backups.hold(
                    session, snapshot, directory.log(), loaded(writer).position());
        });
    }

    /** Reads from what is held for a client. */
    public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        run(responder, () -> backups.read(session, command));
    }

    /** Writes a snapshot for who takes along what the node has, and follows the log from there. Waits; not for event loops. */
    public Followed follow() throws IOException {
        CompletableFuture<Followed> made = new CompletableFuture<>();
        String failed = thread.await(() -> {
            Snapshotter snapshots = loaded(snapshotter);
            SnapshotReader snapshot = new SnapshotReader(snapshots.take());
            return made.complete(
                    new Followed(snapshots, loaded(writer), directory.log(), snapshot, () -> isHandedOver = true));
        });
        if (failed != null) {
            throw new IOException(failed);
        }
        return made.join();
    }

    private static <T> T loaded(@Nullable T part) throws IOException {
        if (part == null) {
            throw new IOException("the node has not loaded its data yet");
        }
        return part;
    }

    private void run(Consumer<Reply> responder, SnapshotThread.Task task) {
        thread.answer(responder, this::isReadOnly, task);
    }

    private boolean isReadOnly() {
        LocalLog current = log;
        return current != null && current.isReadOnly();
    }

    // --- figures ---

    /** Bytes of the log that are not known to be on disk. */
    public long unsyncedBytes() {
        LogWriter current = writer;
        return current == null ? 0 : current.unsyncedBytes();
    }

    /** Bytes of the log that are in memory yet. */
    public long unwrittenBytes() {
        LogWriter current = writer;
        return current == null ? 0 : current.waitingBytes();
    }

    /** What the last sync of the log took. */
    public long syncMicros() {
        LogWriter current = writer;
        return current == null ? 0 : current.syncNanos() / 1000;
    }

    /** Milliseconds since the newest snapshot; -1 if there is none. */
    public long snapshotAgeMillis() {
        Snapshotter current = snapshotter;
        return current == null ? -1 : current.ageMillis();
    }

    // --- the pool ---

    @Override
    public void save(byte[] contents) throws IOException {
        loaded(writer).sync();
        kept.replacePool(contents);
    }

    /**
     * What the node knew of its pool; null if it was in none.
     *
     * @throws DamagedException if the file is not what was written
     */
    public @Nullable PoolFile poolFile() throws IOException {
        return kept.readPool();
    }

    // --- the end ---

    /**
     * Writes what is left, takes a snapshot if anything has changed since the last, and gives the directory back. What failed of
     * that is {@link #unkept}.
     */
    @Override
    public void close() {
        LogWriter current = writer;
        IOException failedBefore = current == null ? null : current.failure();
        Snapshotter snapshots = snapshotter;
        String snapshotFailed = snapshots == null || failedBefore != null || isHandedOver
                ? null
                : thread.await(() -> snapshots.changesSince() > 0 ? snapshots.take() : null);
        thread.end();
        IOException logFailed = failedBefore;
        try {
            if (current != null) {
                current.close();
            }
        } catch (IOException e) {
            logFailed = e;
        }
        unkept = unkept(failedBefore != null, logFailed, snapshotFailed);
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("the lock of {} could not be given back: {}", directory.path(), FileFailure.text(e));
        }
    }

    /** What failed, and what that means for the data. */
    private @Nullable String unkept(
            boolean readOnly, @Nullable IOException logFailed, @Nullable String snapshotFailed) {
        if (logFailed != null) {
            return (readOnly
                            ? "the node was read-only when it stopped: "
                            : "the log could not be brought to disk when the node stopped: ")
                    + FileFailure.text(logFailed)
                    + ". Changes that were answered before that and had not reached the disk in " + directory.path()
                    + " are lost with the process; check what is there with: bin/distcache log verify "
                    + directory.path();
        }
        if (snapshotFailed != null) {
            return "no snapshot could be written when the node stopped: " + snapshotFailed
                    + ". No change is lost: the log in " + directory.log()
                    + " has them all and is on disk; the next start reads it, and takes longer";
        }
        return null;
    }

    /** After {@link #close}: what could not be brought to disk, and what that means; null if all is there. */
    public @Nullable String unkept() {
        return unkept;
    }
}
