package io.distcache.server;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.NodeConfig;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.KeptFile;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.LogWriter;
import io.distcache.server.log.Segment;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.pool.PoolFile;
import io.distcache.server.pool.PoolStore;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.LocalLog;
import io.distcache.server.shard.Replay;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.snapshot.SnapshotWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
final class Persistence implements CommitLog, PoolStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
    private static final int CHECK_MILLIS = 200;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final long RETRY_NANOS = 10_000_000_000L;
    private static final int STOP_SECONDS = 30;
    private static final String SNAPSHOT = "snapshot";

    private final ServerConfig config;
    private final NodeClock clock;
    private final DataDirectory directory;
    private final ScheduledExecutorService worker;
    private final Consumer<@Nullable String> onReadOnly;
    private @Nullable Caches caches;
    private @Nullable Shards shards;
    private volatile @Nullable LogWriter writer;
    private volatile @Nullable LocalLog log;
    private volatile long incarnation;
    private volatile long snapshotMillis = -1;
    private volatile long snapshotPosition;
    private long snapshotRecords;
    private long retryNanos = System.nanoTime();
    private volatile @Nullable String unkept;
    /** What a crash left at the log's end, until it is cut off. */
    private volatile LogReader.@Nullable Tail uncut;

    /** What the node knows of its pool, as it is in the directory; null if it is in none. */
    private volatile byte @Nullable [] pool;

    /** The newest snapshot, and the pool's file, if there are such. */
    private final Map<String, KeptFile> kept = new ConcurrentHashMap<>();

    private final Set<Path> damagedSnapshots = ConcurrentHashMap.newKeySet();
    private final LongAdder changes = new LongAdder();
    private final Map<Session, List<HeldFile>> held = new ConcurrentHashMap<>();

    /**
     * Takes the data directory; recovers nothing yet.
     *
     * @param onReadOnly told why the node takes no more changes, and null when it does again
     * @throws IOException if somebody else has the directory, or a later version wrote it
     */
    Persistence(ServerConfig config, InstantSource clock, Consumer<@Nullable String> onReadOnly) throws IOException {
        this.config = config;
        this.clock = NodeClock.of(clock);
        this.onReadOnly = onReadOnly;
        Path path = Path.of(config.node().dataDir());
        refuseNewer(path);
        this.directory =
                DataDirectory.open(path, "process " + ProcessHandle.current().pid());
        ScheduledThreadPoolExecutor one =
                new ScheduledThreadPoolExecutor(1, task -> OwnThread.make(task, "distcache-snapshot"));
        one.setRemoveOnCancelPolicy(true);
        this.worker = one;
    }

    /** Before anything is touched: every file must be of a version known here. Damage is for the recovery to tell. */
    private static void refuseNewer(Path path) throws IOException {
        DataDirectory.refuseNewer(path);
        for (Path segment : Segment.list(DataDirectory.log(path))) {
            try {
                Segment.open(segment);
            } catch (DamagedException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
        for (Path snapshot : SnapshotReader.list(DataDirectory.snapshots(path))) {
            try (SnapshotReader found = new SnapshotReader(snapshot)) {
                LOG.debug("found {} of {} bytes", snapshot, found.totalBytes());
            } catch (DamagedException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
    }

    DataDirectory directory() {
        return directory;
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

    // --- recovery ---

    /**
     * Brings the store back and opens the log for what comes.
     *
     * @param firstIncarnation this start's, unless the directory knows a higher one
     * @param progress gets percent, now and then
     * @return one line that says what was found
     * @throws DamagedException if a file is damaged, and not by a crash
     */
    String recover(Caches intoCaches, Shards intoShards, long firstIncarnation, IntConsumer progress)
            throws IOException {
        Recovered recovered = read(intoCaches, intoShards, firstIncarnation, progress);
        open(recovered.tail, recovered.position);
        return recovered.found;
    }

    /** What was found, what a crash left at the log's end, and where the log goes on. */
    record Recovered(String found, LogReader.@Nullable Tail tail, long position) {}

    /** Brings the store back, and changes nothing in the directory. */
    Recovered read(Caches intoCaches, Shards intoShards, long firstIncarnation, IntConsumer progress)
            throws IOException {
        caches = intoCaches;
        shards = intoShards;
        try (Replay replay =
                new Replay(intoCaches, intoShards, Runtime.getRuntime().availableProcessors())) {
            return recover(replay, firstIncarnation, progress);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the data in " + directory.path() + " has its checksums right, and contents that are none of this"
                            + " version: " + e.getMessage() + ". Look for them with: bin/distcache log print "
                            + directory.path(),
                    e);
        }
    }

    private Recovered recover(Replay replay, long firstIncarnation, IntConsumer progress) throws IOException {
        long began = System.nanoTime();
        Loaded snapshot = config.node().recover() == NodeConfig.Recover.LOG ? null : loadNewestValid(replay, progress);
        long from = snapshot == null ? 0 : snapshot.header.position();
        long before = snapshot == null ? 0 : Files.size(snapshot.file);
        LogReader.Tail tail;
        long position;
        long highest = snapshot == null ? 0 : snapshot.header.incarnation();
        long newest = snapshot == null ? 0 : snapshot.end.endedMillis();
        LogEnd.Known end = LogEnd.known(directory.path())
                .or(
                        Math.max(snapshot == null ? 0 : snapshot.end.endPosition(), newestSnapshotPosition()),
                        LogReader.BY_A_SNAPSHOT);
        try (LogReader reader = new LogReader(directory.log(), from, end)) {
            long all = Math.max(1, before + logBytesFrom(from));
            int percent = 0;
            while (reader.next()) {
                apply(replay, reader, from);
                newest = Math.max(newest, reader.millis());
                int now = (int) ((before + Math.max(0, reader.nextPosition() - from)) * 100 / all);
                if (now != percent) {
                    percent = now;
                    progress.accept(now);
                }
            }
            tail = reader.tail();
            position = Math.max(from, reader.nextPosition());
            highest = Math.max(highest, reader.incarnation());
        }
        if (tail != null) {
            LOG.warn(
                    "{}: cut at byte {}, where a crash had left {} bytes of an unfinished write",
                    tail.file(),
                    tail.offset(),
                    tail.bytes());
        }
        // Deadlines were made from that time: an earlier one would let entries live longer than they were given.
        clock.notBefore(newest);
        incarnation = Math.max(firstIncarnation, highest + 1);
        replay.finish(
                Math.max(incarnation, snapshot == null ? 0 : snapshot.header.lastVersion()),
                snapshot == null ? 0 : snapshot.header.lastCacheId());
        incarnation = Math.max(incarnation, replay.lastVersion());
        snapshotPosition = from;
        snapshotMillis = snapshot == null ? -1 : snapshot.end.endedMillis();
        if (snapshot != null) {
            kept.put(SNAPSHOT, KeptFile.of(snapshot.file));
        }
        Caches all = caches;
        String found = String.format(
                "loaded %d entries of %d caches from %s in %d ms",
                all == null ? 0 : all.all().stream().mapToLong(Cache::entries).sum(),
                all == null ? 0 : all.all().size(),
                (snapshot == null ? "" : snapshot.file.getFileName() + " and ") + replay.records()
                        + " records of the log",
                (System.nanoTime() - began) / 1_000_000);
        return new Recovered(found, tail, position);
    }

    private record Loaded(Path file, SnapshotHeader header, SnapshotReader.End end) {}

    /** The newest snapshot that is as it was written, or null if there is none at all. */
    private @Nullable Loaded loadNewestValid(Replay replay, IntConsumer progress) throws IOException {
        List<Path> all = SnapshotReader.list(directory.snapshots());
        for (int i = all.size() - 1; i >= 0; i--) {
            try (SnapshotReader reader = new SnapshotReader(all.get(i))) {
                SnapshotHeader header = reader.header();
                SnapshotReader.End end =
                        reader.read(new Progress(replay, reader, progress, logBytesFrom(header.position())));
                return new Loaded(all.get(i), header, end);
            } catch (DamagedException e) {
                LOG.warn(
                        "{}. Falling back to {}.",
                        e.getMessage(),
                        i == 0 ? "the log from its beginning" : all.get(i - 1).getFileName());
                damagedSnapshots.add(all.get(i));
                replay.reset();
            }
        }
        return null;
    }

    private static void apply(Replay replay, LogReader reader, long from) throws IOException {
        if (reader.position() >= from) {
            replay.record(
                    reader.shard(),
                    reader.shards(),
                    reader.position(),
                    reader.array(),
                    reader.payloadOffset(),
                    reader.payloadBytes());
        }
    }

    /** Before a snapshot got its name, whatever became of it since, the log was on disk up to its position. */
    private long newestSnapshotPosition() throws IOException {
        List<Path> all = SnapshotReader.list(directory.snapshots());
        return all.isEmpty() ? 0 : Segment.positionOf(all.get(all.size() - 1));
    }

    private long logBytesFrom(long position) throws IOException {
        List<Path> all = Segment.list(directory.log());
        if (all.isEmpty()) {
            return 0;
        }
        Path last = all.get(all.size() - 1);
        return Math.max(0, Segment.positionOf(last) + Files.size(last) - Segment.HEADER_BYTES - position);
    }

    /** A node that cannot write starts all the same, read-only. */
    private void open(LogReader.@Nullable Tail tail, long position) {
        LogWriter opened = new LogWriter(
                directory.log(),
                config.log(),
                clock,
                config.store().shards(),
                incarnation,
                position,
                failure -> failed(FileFailure.text(failure)),
                directory);
        LocalLog local = new LocalLog(opened);
        writer = opened;
        log = local;
        uncut = tail;
        try {
            // Loading can take long.
            directory.check();
            prepare();
            for (Path needed : Segment.from(snapshotPosition, Segment.list(directory.log()))) {
                opened.keep(needed);
            }
            opened.start();
        } catch (IOException e) {
            opened.startFailed(e);
        }
        worker.scheduleWithFixedDelay(this::snapshotIfDue, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        worker.scheduleWithFixedDelay(
                this::checkFiles, DataDirectory.CHECK_MILLIS, DataDirectory.CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** What must be done before the first segment can be begun, whether at the start or when the disk takes it at last. */
    private void prepare() throws IOException {
        directory.prepare();
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

    /** The incarnation of this start; known after {@link #recover}. */
    long incarnation() {
        return incarnation;
    }

    // --- snapshots ---

    private void snapshotIfDue() {
        releaseUnused();
        LogWriter current = writer;
        if (current == null || current.failure() != null) {
            return;
        }
        long interval = config.snapshot().interval().toMillis();
        long age = clock.millis() - snapshotMillis;
        boolean due = (interval > 0
                        && (snapshotMillis < 0 || age >= interval)
                        && changesSince() >= config.snapshot().minChanges())
                || (config.snapshot().logBytes() > 0
                        && current.position() - snapshotPosition
                                >= config.snapshot().logBytes());
        if (due && System.nanoTime() - retryNanos >= 0) {
            try {
                snapshot();
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

    /** What a start would need beside the log, which looks after itself. */
    private void checkFiles() {
        LogWriter current = writer;
        if (current == null || current.failure() != null) {
            return;
        }
        try {
            directory.check();
            if (!Files.isDirectory(directory.snapshots())) {
                throw new IOException(
                        directory.snapshots() + " is gone: somebody has removed it under the running node");
            }
            synchronized (kept) {
                for (KeptFile file : kept.values()) {
                    file.check();
                }
            }
        } catch (IOException e) {
            current.fail(e);
        }
    }

    private long changesSince() {
        return changes.sum() - snapshotRecords;
    }

    /** Writes a snapshot now, on the calling thread; one at a time. */
    private synchronized Path snapshot() throws IOException {
        LogWriter current = writer;
        Caches all = caches;
        Shards parts = shards;
        if (current == null || all == null || parts == null) {
            throw new IOException("the node has not loaded its data yet");
        }
        // Whatever is there under these names now must be this node's before a file of it goes there.
        current.check();
        refuseIfFull(all);
        long began = System.nanoTime();
        long changesBefore = changes.sum();
        Caches.Moment moment = all.moment(current::position);
        List<Cache> logged = moment.caches().stream().filter(Cache::isLogged).toList();
        long lastVersion = Math.max(incarnation, parts.lastVersion());
        SnapshotHeader header = new SnapshotHeader(
                parts.size(), incarnation, moment.position(), clock.millis(), lastVersion, moment.lastId());
        Path file;
        long entries;
        long bytes;
        try (SnapshotWriter out = new SnapshotWriter(directory.snapshots(), header)) {
            for (Cache cache : moment.caches()) {
                out.cache(cache.id(), MutationCodec.definition(cache.definition()));
            }
            for (Shard shard : parts) {
                shard.contents().snapshot(logged, current::position, out);
            }
            long end = current.sync();
            file = out.commit(end, clock.millis());
            current.check();
            kept.put(SNAPSHOT, KeptFile.of(file));
            current.coveredBySnapshot();
            damagedSnapshots.remove(file);
            entries = out.entries();
            bytes = out.bytes();
        } catch (IOException e) {
            throw FileFailure.wrapped(
                    "the snapshot at position " + moment.position() + " could not be written in "
                            + directory.snapshots(),
                    e);
        }
        snapshotMillis = clock.millis();
        snapshotPosition = moment.position();
        snapshotRecords = changesBefore;
        int removed = removeOld(current);
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
    private void refuseIfFull(Caches all) throws IOException {
        long needed = all.all().stream()
                .filter(Cache::isLogged)
                .mapToLong(Cache::bytes)
                .sum();
        long free = Files.getFileStore(directory.snapshots()).getUsableSpace();
        if (free < needed) {
            throw new IOException("a snapshot needs about " + needed + " bytes, and " + free
                    + " are free on the disk of " + directory.snapshots());
        }
    }

    private int removeOld(LogWriter current) throws IOException {
        for (Path damaged : damagedSnapshots) {
            // It counts for nothing, now that there is a newer one.
            Files.deleteIfExists(damaged);
        }
        damagedSnapshots.clear();
        List<Path> all = SnapshotReader.list(directory.snapshots());
        int keep = Math.min(config.snapshot().keep(), all.size());
        for (Path old : all.subList(0, all.size() - keep)) {
            Files.delete(old);
        }
        return keep == 0 ? 0 : current.removeBefore(Segment.positionOf(all.get(all.size() - keep)));
    }

    // --- operators ---

    /** Writes a snapshot and tells which. */
    void snapshot(Consumer<Reply> responder) {
        run(responder, () -> {
            Path file = snapshot();
            return new Reply.Files(List.of(new Reply.NodeFile("snapshots/" + file.getFileName(), Files.size(file))));
        });
    }

    /** Goes on after a failure: a new segment, then a snapshot, which has what the failure took; only then are changes taken. */
    void resume(Consumer<Reply> responder) {
        run(responder, () -> {
            LogWriter current = writer;
            LocalLog local = log;
            if (current != null && local != null && local.isReadOnly()) {
                directory.reclaim();
                kept.remove(SNAPSHOT);
                prepare();
                current.reopen();
                // Before the log takes changes again, and before the snapshot: nothing that failed is in either.
                Shards parts = shards;
                if (parts != null) {
                    parts.revokeUncommitted(new IOException("the log failed before the change was in it"));
                }
                savePoolAgain();
                snapshot();
                local.readOnly(null);
                onReadOnly.accept(null);
            }
            return Reply.Ok.INSTANCE;
        });
    }

    /** Runs on the snapshot thread, so that there is one snapshot at a time and no event loop waits. */
    void run(Consumer<Reply> responder, Task task) {
        try {
            worker.execute(() -> {
                Reply reply;
                try {
                    reply = task.run();
                } catch (IOException e) {
                    LOG.error("an operator's command failed: {}", FileFailure.text(e));
                    LocalLog current = log;
                    boolean readOnly = current != null && current.isReadOnly();
                    reply = new Reply.Failure(readOnly ? Status.READ_ONLY : Status.INTERNAL, FileFailure.text(e));
                } catch (RuntimeException | OutOfMemoryError e) {
                    LOG.error("an operator's command failed", e);
                    reply = new Reply.Failure(Status.INTERNAL, e.toString());
                }
                responder.accept(reply);
            });
        } catch (RejectedExecutionException e) {
            responder.accept(new Reply.Failure(Status.DRAINING, "the node is stopping"));
        }
    }

    /** What an operator asked for. */
    interface Task {
        Reply run() throws IOException;
    }

    /** Writes a snapshot and holds it for a client, with the log that belongs to it. */
    void backup(Session session, Consumer<Reply> responder) {
        run(responder, () -> {
            releaseHeld(held.remove(session));
            Path snapshot = snapshot();
            LogWriter current = writer;
            List<HeldFile> files = new ArrayList<>();
            held.put(session, files);
            files.add(hold("snapshots/", snapshot));
            for (Path segment : Segment.list(directory.log())) {
                if (current != null && Segment.positionOf(segment) < current.position()) {
                    files.add(hold("log/", segment));
                }
            }
            return new Reply.Files(files.stream()
                    .map(file -> new Reply.NodeFile(file.path, file.bytes))
                    .toList());
        });
    }

    /** Reads from what is held for a client. */
    void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        run(responder, () -> {
            List<HeldFile> files = held.get(session);
            if (files == null || command.file() >= files.size() || command.offset() < 0) {
                return new Reply.Failure(
                        Status.BAD_REQUEST,
                        "this connection holds no file " + command.file() + " of a backup; ask for a BACKUP first");
            }
            HeldFile file = files.get(command.file());
            byte[] bytes = new byte[(int) Math.max(0, Math.min(CHUNK_BYTES, file.bytes - command.offset()))];
            file.file.seek(command.offset());
            file.file.readFully(bytes);
            return new Reply.Chunk(Bytes.of(bytes));
        });
    }

    private static HeldFile hold(String folder, Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        return new HeldFile(folder + path.getFileName(), file, file.length());
    }

    /** An open file can be read to its end although it is removed meanwhile. */
    private record HeldFile(String path, RandomAccessFile file, long bytes) {}

    private void releaseUnused() {
        for (Session session : List.copyOf(held.keySet())) {
            if (session.isClosed()) {
                releaseHeld(held.remove(session));
            }
        }
    }

    private static void releaseHeld(@Nullable List<HeldFile> files) {
        for (HeldFile file : files == null ? List.<HeldFile>of() : files) {
            try {
                file.file.close();
            } catch (IOException e) {
                LOG.debug("closing {} failed", file.path, e);
            }
        }
    }

    // --- figures ---

    long unsyncedBytes() {
        LogWriter current = writer;
        return current == null ? 0 : current.unsyncedBytes();
    }

    long unwrittenBytes() {
        LogWriter current = writer;
        return current == null ? 0 : current.waitingBytes();
    }

    long syncMicros() {
        LogWriter current = writer;
        return current == null ? 0 : current.syncNanos() / 1000;
    }

    /** Milliseconds since the newest snapshot; -1 if there is none. */
    long snapshotAgeMillis() {
        long taken = snapshotMillis;
        return taken < 0 ? -1 : Math.max(0, clock.millis() - taken);
    }

    // --- the pool ---

    @Override
    public void save(byte[] contents) throws IOException {
        LogWriter current = writer;
        if (current == null) {
            throw new IOException("the node has not loaded its data yet");
        }
        current.sync();
        // Or it would be looked at in between, and found another one than before.
        synchronized (kept) {
            try {
                directory.replace(PoolFile.NAME, contents);
            } catch (IOException e) {
                throw FileFailure.wrapped("the file " + poolPath() + " could not be written", e);
            }
            kept.put(PoolFile.NAME, KeptFile.of(poolPath()));
        }
        pool = contents.clone();
    }

    private Path poolPath() {
        return directory.path().resolve(PoolFile.NAME);
    }

    /** After somebody has removed what was in the directory. */
    private void savePoolAgain() throws IOException {
        byte[] contents = pool;
        if (contents != null) {
            directory.replace(PoolFile.NAME, contents);
        }
    }

    /**
     * What the node knew of its pool; null if it was in none.
     *
     * @throws DamagedException if the file is not what was written
     */
    @Nullable
    PoolFile poolFile() throws IOException {
        Path file = poolPath();
        byte[] contents;
        try {
            contents = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            PoolFile found = PoolFile.decode(contents);
            pool = contents;
            kept.put(PoolFile.NAME, KeptFile.of(file));
            return found;
        } catch (IllegalArgumentException e) {
            throw DamagedException.withRemedy(
                    file,
                    String.valueOf(e.getMessage()),
                    "If you move it away the node starts as one that was in no pool; move away log/ and snapshots/ too, since"
                            + " others may have changed what is there");
        }
    }

    /**
     * Writes what is left, takes a snapshot if anything has changed since the last, and gives the directory back. What failed of
     * that is {@link #unkept}.
     */
    @Override
    public void close() {
        LogWriter current = writer;
        IOException failedBefore = current == null ? null : current.failure();
        String snapshotFailed = null;
        try {
            if (current != null && failedBefore == null) {
                worker.submit(() -> changesSince() > 0 ? snapshot() : null).get();
            }
        } catch (ExecutionException e) {
            snapshotFailed = FileFailure.text(e.getCause() == null ? e : e.getCause());
        } catch (RejectedExecutionException e) {
            snapshotFailed = "the node was stopping already";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            snapshotFailed = "the thread that stopped the node was interrupted";
        }
        // Not interrupted: that would close the files that a sync is at.
        worker.shutdown();
        try {
            if (!worker.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
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
    @Nullable
    String unkept() {
        return unkept;
    }

    /** Passes a snapshot on, and tells how far it is. */
    private static final class Progress implements SnapshotReader.Visitor {
        private final Replay replay;
        private final SnapshotReader reader;
        private final IntConsumer progress;
        private final long all;
        private int percent;

        Progress(Replay replay, SnapshotReader reader, IntConsumer progress, long logBytes) {
            this.replay = replay;
            this.reader = reader;
            this.progress = progress;
            this.all = Math.max(1, reader.totalBytes() + logBytes);
        }

        @Override
        public void cache(long id, byte[] definition) {
            replay.cache(id, definition);
        }

        @Override
        public void entries(int shard, long position, long cache, int count, SnapshotReader.Entries entries)
                throws IOException {
            replay.entries(shard, position, cache, count, entries);
            int now = (int) (reader.readBytes() * 100 / all);
            if (now != percent) {
                percent = now;
                progress.accept(now);
            }
        }
    }
}
