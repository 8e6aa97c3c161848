package io.distcache.server.inspect;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a node would start from: the newest valid snapshot, or the log's beginning. Immutable.
 *
 * @param noted what the directory says of the log's end
 * @param snapshot the newest valid one, or null if there is none
 * @param invalid newer ones that are damaged, the newest first
 */
record StartPoint(
        DataFiles files, LogEnd.Known noted, SnapshotCheck.@Nullable Sound snapshot, List<DamagedException> invalid) {

    /** What a start would read of the log. */
    record ReadLog(long records, long position, LogReader.@Nullable Tail tail) {}

    /** Looks for it, as a node does. */
    static StartPoint find(DataFiles files, Progress progress) throws IOException {
        List<DamagedException> invalid = new ArrayList<>();
        // Before the log is looked at, which a running node goes on writing.
        LogEnd.Known noted = LogEnd.known(files.directory());
        for (int i = files.snapshots().size() - 1; i >= 0; i--) {
            try {
                return new StartPoint(
                        files, noted, SnapshotCheck.check(files.snapshots().get(i), progress), invalid);
            } catch (DamagedException e) {
                invalid.add(e);
            }
        }
        return new StartPoint(files, noted, null, invalid);
    }

    /** The log is needed from here on. */
    long position() {
        return snapshot == null ? 0 : snapshot.header().position();
    }

    /** Up to where the log is known to have gone. */
    LogEnd.Known end() {
        return noted.or(snapshot == null ? 0 : snapshot.end().endPosition(), LogReader.BY_A_SNAPSHOT);
    }

    /**
     * Reads what a start would read of the log.
     *
     * @throws DamagedException where the start would fail with it
     */
    ReadLog readLog(Progress progress) throws IOException {
        long records = 0;
        try (LogReader reader = new LogReader(files.log(), position(), end())) {
            progress.expect(reader.totalBytes());
            long told = 0;
            while (reader.next()) {
                decode(reader);
                records += reader.position() < position() ? 0 : 1;
                progress.advance(reader.readBytes() - told);
                told = reader.readBytes();
            }
            return new ReadLog(records, Math.max(position(), reader.nextPosition()), reader.tail());
        }
    }

    /**
     * The mutations of the record read last.
     *
     * @throws DamagedException if it has none
     */
    static List<Mutation> decode(LogReader reader) throws IOException {
        try {
            return MutationCodec.decode(reader.array(), reader.payloadOffset(), reader.payloadBytes());
        } catch (IllegalArgumentException e) {
            Path file = reader.file();
            throw new DamagedException(
                    file == null ? Path.of("") : file,
                    reader.nextOffset() - reader.payloadBytes(),
                    "the record's checksum is right, and its contents are none of this version: " + e.getMessage(),
                    "log print " + file);
        }
    }
}
