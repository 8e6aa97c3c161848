package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The files of a member of a replicated pool that is stopped: read, and never written. With {@code all} they can be read again, and it may run.
 * Confined to one thread.
 */
public final class StoppedFiles implements GroupStore {
    private final Path directory;
    private final int groups;
    private final boolean all;
    private final PieceFiles pieces;
    private long incarnation;
    private long newestMillis;
    /** Where the reading before began. */
    private long before = -1;

    /**
     * Those in a directory, which are not looked at yet.
     *
     * @param groups how many the pool has, with the one that knows the caches
     * @param all whether to read what the log keeps for replays, too, or only what a start needs
     */
    public StoppedFiles(Path directory, int groups, boolean all) {
        this.directory = directory;
        this.groups = groups;
        this.all = all;
        this.pieces = new PieceFiles(directory.resolve(GroupFiles.PIECES));
    }

    @Override
    public void read(Consumer<GroupRecord> records) throws IOException {
        Path log = DataDirectory.log(directory);
        List<Path> files = Segment.list(log);
        if (files.isEmpty()) {
            throw new IOException("there is no log in " + log + ": the member has nothing");
        }
        long first = all ? Segment.positionOf(files.get(0)) : BeginFile.read(directory, files);
        if (before >= 0 && first != before) {
            throw new IOException(
                    "segments of " + log + " were removed while they were read: the node runs. Try again");
        }
        before = first;
        long begins = 0;
        try (LogReader reader = new LogReader(log, first, LogEnd.known(directory))) {
            while (reader.next()) {
                GroupLine line = GroupLine.read(reader, directory, groups);
                begins = Math.max(begins, line.begins());
                GroupRecord record = line.record();
                if (record != null) {
                    records.accept(record);
                }
                newestMillis = Math.max(newestMillis, reader.millis());
            }
            if (first > begins) {
                throw GroupLine.missing(files.get(0), begins);
            }
            incarnation = reader.incarnation();
        }
    }

    /** After {@link #read}: the highest of a process that wrote there. */
    public long incarnation() {
        return incarnation;
    }

    /** After {@link #read}: about when the newest record was written. */
    public long newestMillis() {
        return newestMillis;
    }

    /** {@inheritDoc} What is there is read all the same. */
    @Override
    public boolean mayHaveForgotten() {
        try {
            BootFile before = BootFile.read(directory);
            return before != null && before.mayHaveForgotten(BootFile.here(true, before.sync()));
        } catch (IOException e) {
            return true;
        }
    }

    /** Where the pieces are of a group's snapshot, if there is one. */
    public Path pieces(int group, long index) {
        return pieces.path(group, index);
    }

    @Override
    public byte[] bytes(GroupPiece piece) throws IOException {
        return pieces.bytes(piece);
    }

    @Override
    public void append(GroupRecord record) throws IOException {
        throw readOnly();
    }

    @Override
    public GroupPiece keep(int group, long index, byte[] bytes) throws IOException {
        throw readOnly();
    }

    @Override
    public Keeping keepAll(int group, long index, List<Supplier<byte[]>> bytes) throws IOException {
        throw readOnly();
    }

    @Override
    public void flush(boolean toDisk) throws IOException {
        throw readOnly();
    }

    private IOException readOnly() {
        return new IOException("nothing is written to " + directory + ", which is only read");
    }
}
