package io.distcache.server.persistence;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.LogWriter;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a node has, for who takes it along while the node goes on: a snapshot, then what has come to the log since, again and again. Until it is
 * closed the log keeps what was not read. Confined to one thread.
 *
 * <pre>
 *  snapshot()   once
 *  read()       again and again       the node serves
 *  end()        once                  the node takes no changes any more
 *  read()       the rest
 * </pre>
 */
public final class Followed implements AutoCloseable {
    /** Gets the records of the log; what it throws ends the reading. */
    public interface Records {
        /** A record of a shard, one of {@code shards}, as in {@link LogReader}; the array is the reader's own. */
        void record(int shard, int shards, long position, byte[] array, int offset, int length) throws IOException;

        /** That were all for now. */
        void end() throws IOException;
    }

    private final Snapshotter snapshots;
    private final LogWriter log;
    private final Path directory;
    private final SnapshotReader snapshot;
    private final Runnable onEnd;
    private long position;
    private boolean ended;

    /**
     * Follows from a snapshot on, which has just been written.
     *
     * @param directory of the log
     * @param onEnd told when the node takes no changes any more
     */
    Followed(Snapshotter snapshots, LogWriter log, Path directory, SnapshotReader snapshot, Runnable onEnd) {
        this.snapshots = snapshots;
        this.log = log;
        this.directory = directory;
        this.snapshot = snapshot;
        this.onEnd = onEnd;
        this.position = snapshot.header().position();
        snapshots.keepFrom(position);
    }

    /** The snapshot, open; it can be read once, as its file may be gone then. */
    public SnapshotReader snapshot() {
        return snapshot;
    }

    /**
     * Reads what has come to the log since the last time. If who gets it throws, the next call reads the same again.
     *
     * @return how many bytes it was
     * @throws IOException if the log cannot be read, or the node has become read-only: what it has then is not all that it was given
     */
    public long read(Records records) throws IOException {
        IOException failed = log.failure();
        if (failed != null) {
            throw new IOException("the node is read-only", failed);
        }
        // Beyond this somebody may be writing just now.
        long written = log.writtenTo();
        long next = position;
        try (LogReader reader = new LogReader(directory, position, ended ? log.syncedTo() : 0)) {
            while (reader.nextPosition() < written && hasNext(reader)) {
                next = Math.max(next, reader.nextPosition());
                if (reader.position() >= position) {
                    records.record(
                            reader.shard(),
                            reader.shards(),
                            reader.position(),
                            reader.array(),
                            reader.payloadOffset(),
                            reader.payloadBytes());
                }
            }
        }
        records.end();
        long bytes = next - position;
        position = next;
        snapshots.keepFrom(position);
        return bytes;
    }

    /** Behind the last record there may be marks only, and then what is being written: that is no damage. */
    private boolean hasNext(LogReader reader) throws IOException {
        try {
            return reader.next();
        } catch (DamagedException e) {
            if (ended || reader.nextPosition() < position) {
                throw e;
            }
            return false;
        }
    }

    /** The node takes no changes any more; all that it has answered is in the log, and on disk. */
    public void end() throws IOException {
        onEnd.run();
        log.close();
        ended = true;
    }

    /** The log goes on as if nobody followed. */
    @Override
    public void close() throws IOException {
        snapshots.keepFrom(Long.MAX_VALUE);
        snapshot.close();
    }
}
