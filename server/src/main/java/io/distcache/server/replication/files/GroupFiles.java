package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.LogWriter;
import io.distcache.server.log.Segment;
import io.distcache.server.log.SyncPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of all groups of a node, and the pieces of their snapshots, in its data directory.
 *
 * <pre>
 *  keep    ->  groups/../*.pieces, at once
 *  keepAll ->  groups/../*.pieces, beside the loop
 *  append  ->  in memory  ->  flush: pieces are synced, then records written and synced  ->  log/*.log
 *                                |
 *                                whole snapshots: what a start still needs is written again, old segments go
 * </pre>
 *
 * <p>Pieces are on disk before any record is written that may make them count. A segment goes when no group needs an entry in it, and {@code
 * log.retain} does not keep it for a moment in the past; with that, {@code snapshot.keep} snapshots of each group stay, and the log from
 * them on. A failure is final. Confined to the consensus loop; {@link #mayHaveForgotten}, {@link #read} and {@link #close} belong to who made it, before and
 * after the loop uses it.
 */
public final class GroupFiles implements GroupStore, AutoCloseable {
    /** The directory of the pieces of snapshots. */
    public static final String PIECES = "groups";
    /** The file that tells how the last process ended. */
    public static final String BOOT = BootFile.NAME;

    private static final Logger LOG = LoggerFactory.getLogger(GroupFiles.class);

    private final DataDirectory directory;
    private final LogConfig config;
    private final boolean retains;
    private final InstantSource clock;
    private final long leastIncarnation;
    private final Consumer<IOException> onFailure;
    private final BootFile now;
    private final Path snapshots;
    private final PieceFiles pieces;
    private final GroupNeeds[] needs;
    private final GroupSegments segments = new GroupSegments();
    private final Executor beside;
    private final List<GroupRecord> appended = new ArrayList<>();
    private boolean mayHaveForgotten;
    private boolean mustHaveLog;
    private boolean isLost;
    private boolean whole;
    private volatile boolean ended;
    private @Nullable LogWriter writer;

    /**
     * The files of a node in a directory, which are not looked at yet.
     *
     * @param config its sync policy decides what a loss of power may take; {@link #flush} does what it is told under any
     * @param keepSnapshots so many of each group, the newest included, if the configuration retains the log; else only the newest
     * @param leastIncarnation of this start, unless the directory knows a higher one
     * @param beside runs what would keep the loop long; what it still does after {@link #close} ends soon
     * @param onFailure told once, on any thread, why nothing can be written any more; the next {@link #flush} says so, too
     */
    public GroupFiles(
            DataDirectory directory,
            LogConfig config,
            InstantSource clock,
            int groups,
            int keepSnapshots,
            long leastIncarnation,
            Executor beside,
            Consumer<IOException> onFailure)
            throws IOException {
        this.directory = directory;
        // Who appends says when to sync: under ALWAYS the log's own thread would do that as well.
        SyncPolicy background = config.sync() == SyncPolicy.ALWAYS ? SyncPolicy.OS : config.sync();
        this.config = new LogConfig(
                background, config.syncInterval(), config.segmentBytes(), config.retain(), config.maxPendingBytes());
        this.retains = !config.retain().isNothing();
        this.clock = clock;
        this.leastIncarnation = leastIncarnation;
        this.beside = beside;
        this.onFailure = onFailure;
        this.snapshots = directory.path().resolve(PIECES);
        this.pieces = new PieceFiles(snapshots);
        this.needs = new GroupNeeds[groups];
        Arrays.setAll(needs, i -> new GroupNeeds(retains ? keepSnapshots : 1));
        this.now = BootFile.here(true, config.sync());
        BootFile before = BootFile.read(directory.path());
        boolean isEmpty = Segment.list(directory.log()).isEmpty();
        this.mayHaveForgotten =
                !isEmpty && (before == null ? config.sync() != SyncPolicy.ALWAYS : before.mayHaveForgotten(now));
    }

    /**
     * {@inheritDoc}
     *
     * <p>So it is when the machine went down without a clean stop of the node, and {@code log.sync} was not {@code always}. So it is,
     * too, where there must be a log and is none ({@link #mustHaveLog}).
     */
    @Override
    public boolean mayHaveForgotten() {
        return mayHaveForgotten;
    }

    /** Says, before {@link #read}, that the node has been a member: if no log says so it is lost, and with it what the node told others. */
    public void mustHaveLog() {
        mustHaveLog = true;
    }

    /** After {@link #read}: whether there is no log where there must be one. */
    public boolean isLost() {
        return isLost;
    }

    // --- the start ---

    /**
     * Reads all there is, cuts off what a crash has left, and goes on in a new segment.
     *
     * @throws DamagedException if a file is not what was written, and not by a crash
     * @throws IOException if the directory is that of a node in no replicated pool, or cannot be written
     */
    @Override
    public void read(Consumer<GroupRecord> records) throws IOException {
        directory.check();
        List<Path> files = Segment.list(directory.log());
        long first = BeginFile.read(directory.path(), files);
        long begins = 0;
        try (LogReader reader = new LogReader(directory.log(), first, LogEnd.known(directory.path()))) {
            while (reader.next()) {
                GroupLine line = GroupLine.read(reader, directory.path(), needs.length);
                begins = Math.max(begins, line.begins());
                GroupRecord record = line.record();
                if (record != null) {
                    Path segment = reader.file();
                    segments.count(record, segment == null ? first : Segment.positionOf(segment));
                    List<Long> unused = needs[record.group()].add(record);
                    records.accept(record);
                }
            }
            if (first > begins) {
                throw GroupLine.missing(files.get(0), begins);
            }
            // Until what was made of it is on disk each start says the same.
            isLost = mustHaveLog && Arrays.stream(needs).noneMatch(GroupNeeds::isMember);
            mayHaveForgotten |= isLost;
            if (mayHaveForgotten && !isLost) {
                ForgottenFiles.keep(directory, snapshots, now.boot());
            } else if (!mayHaveForgotten && Arrays.stream(needs).noneMatch(GroupNeeds::isSilent)) {
                ForgottenFiles.remove(directory.path());
            }
            pieces.removeAllBut(
                    (group, index) -> group >= 0 && group < needs.length && needs[group].hasSnapshot(index));
            open(reader, first);
        }
    }

    private void open(LogReader read, long first) throws IOException {
        directory.prepare();
        if (!mayHaveForgotten) {
            // Else when the log says what was made of it: a process that ends before leaves it to the next one.
            now.write(directory);
        }
        LogReader.Tail tail = read.tail();
        if (tail != null) {
            LOG.warn(
                    "{}: cut at byte {}, where a crash had left {} bytes of an unfinished write",
                    tail.file(),
                    tail.offset(),
                    tail.bytes());
            LogReader.cut(directory.log(), tail);
        }
        LogWriter opened = new LogWriter(
                directory.log(),
                config,
                clock,
                Segment.By.groups(needs.length, Math.max(leastIncarnation, read.incarnation() + 1)),
                read.nextPosition(),
                onFailure,
                directory);
        for (Path file : Segment.list(directory.log())) {
            long position = Segment.positionOf(file);
            if (position >= first && position < read.nextPosition()) {
                opened.keep(file);
            }
        }
        opened.start();
        writer = opened;
        segments.begins(opened.newestSegment());
        opened.check();
        LOG.debug("read {} segments of the log of groups", segments.size() - 1);
    }

    // --- keep, append, flush ---

    @Override
    public GroupPiece keep(int group, long index, byte[] bytes) throws IOException {
        LogWriter log = writing();
        try {
            return pieces.keep(group, index, bytes);
        } catch (IOException e) {
            log.fail(e);
            throw e;
        }
    }

    @Override
    public Keeping keepAll(int group, long index, List<Supplier<byte[]>> of) throws IOException {
        LogWriter log = writing();
        try {
            SnapshotFile file = new SnapshotFile(pieces.anew(group, index), group, index, of, () -> ended);
            beside.execute(file);
            return file;
        } catch (IOException e) {
            log.fail(e);
            throw e;
        }
    }

    @Override
    public byte[] bytes(GroupPiece piece) throws IOException {
        return pieces.bytes(piece);
    }

    @Override
    public void append(GroupRecord record) throws IOException {
        writing();
        needs[record.group()].add(record).forEach(index -> pieces.makeVoid(record.group(), index));
        whole |= record.kind() == Kind.SNAPSHOT_COMPLETE;
        appended.add(record);
    }

    @Override
    public void flush(boolean toDisk) throws IOException {
        LogWriter log = writing();
        try {
            if (toDisk) {
                pieces.sync();
            }
            write(log, toDisk);
            if (toDisk && mayHaveForgotten) {
                now.write(directory);
                mayHaveForgotten = false;
            }
            pieces.removeVoided();
            if (whole) {
                removeOld(log);
            }
            whole = false;
        } catch (IOException e) {
            log.fail(e);
            throw e;
        }
    }

    private void write(LogWriter log, boolean toDisk) throws IOException {
        long before = log.newestSegment();
        for (GroupRecord record : appended) {
            log.append(record.group(), GroupLine.bytes(record), GroupLine.of(record));
        }
        if (toDisk) {
            log.sync();
        } else {
            log.write();
        }
        long after = log.newestSegment();
        segments.begins(after);
        for (GroupRecord record : appended) {
            // The log's thread may have written a part of them to the segment before.
            segments.count(record, before);
            if (after != before) {
                segments.count(record, after);
            }
        }
        appended.clear();
    }

    private LogWriter writing() throws IOException {
        LogWriter log = writer;
        if (log == null) {
            throw new IOException("the log of groups in " + directory.path() + " is not read yet, or closed");
        }
        IOException failure = log.failure();
        if (failure != null) {
            throw failure;
        }
        return log;
    }

    // --- reclaim ---

    /** Removes the oldest segments, as far as no group needs an entry in them and nothing else says to keep them. */
    private void removeOld(LogWriter log) throws IOException {
        long needed = segments.firstWith(group -> needs[group].superfluous());
        boolean goesOn = needed > segments.first();
        if (goesOn) {
            writeNeedsAgain(log, needed);
        }
        if (goesOn || retains) {
            int removed = log.removeBefore(needed);
            LOG.debug("removed {} segments of the log of groups before position {}", removed, needed);
        }
    }

    private void writeNeedsAgain(LogWriter log, long needed) throws IOException {
        // What replaces the segments comes to disk first, whatever the policy.
        pieces.sync();
        for (GroupNeeds of : needs) {
            of.forEach(record -> log.append(record.group(), GroupLine.bytes(record), GroupLine.of(record)));
        }
        log.append(0, GroupLine.HEADER_BYTES, GroupLine.beginning(needed));
        log.sync();
        segments.begins(log.newestSegment());
        segments.removeBefore(needed);
        if (retains) {
            BeginFile.write(directory, needed);
        }
    }

    /** How long the log is. */
    public long bytes() {
        LogWriter log = writer;
        return log == null || segments.size() == 0 ? 0 : log.position() - segments.first();
    }

    /** A group of which a start needs an entry in the oldest segment that it reads, if there are more: a snapshot of it lets the segment go. */
    public OptionalInt holder() {
        return segments.holder(this::covered);
    }

    /** How many segments there are that a start needs. */
    public int segments() {
        return segments.from(segments.firstWith(this::covered));
    }

    private long covered(int group) {
        return needs[group].covered();
    }

    // --- the end ---

    /** How long the last sync took. Thread-safe. */
    public long syncNanos() {
        LogWriter log = writer;
        return log == null ? 0 : log.syncNanos();
    }

    /** Brings to disk what was appended, and notes that nothing can have been forgotten. The directory stays with who opened it. */
    @Override
    public void close() throws IOException {
        LogWriter log = writer;
        if (log == null) {
            return;
        }
        writer = null;
        ended = true;
        try {
            boolean failed = log.failure() != null;
            if (!failed) {
                pieces.sync();
                write(log, true);
            }
            pieces.close();
            log.close();
            if (!failed && log.failure() == null && !mayHaveForgotten) {
                BootFile.here(false, now.sync()).write(directory);
            }
        } catch (IOException e) {
            log.close();
            throw e;
        }
    }
}
