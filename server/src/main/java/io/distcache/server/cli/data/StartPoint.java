package io.distcache.server.cli.data;

import io.distcache.server.cli.Progress;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.replication.files.GroupLine;
import io.distcache.server.replication.recovery.StoredChanges;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a node would start from: the newest valid snapshot, or the log's beginning. It is found by the recovery that a node makes,
 * of which only the contents are checked here, and nothing is kept. Confined to one thread.
 */
final class StartPoint {
    private final Recovery recovery;

    private StartPoint(Recovery recovery) {
        this.recovery = recovery;
    }

    /** Looks for it, as a node does. */
    static StartPoint find(DataFiles files, Progress progress) throws IOException {
        Recovery recovery = Recovery.of(files.directory());
        recovery.readSnapshot(new Check(progress));
        return new StartPoint(recovery);
    }

    /** The newest valid one, or null if there is none. */
    Recovery.@Nullable Snapshot snapshot() {
        return recovery.snapshot();
    }

    /** Newer ones that are damaged, the newest first. */
    List<DamagedException> invalid() {
        return recovery.damaged();
    }

    /** The log is needed from here on. */
    long position() {
        return recovery.position();
    }

    /** Up to where the log is known to have gone. */
    LogEnd.Known end() {
        return recovery.end();
    }

    /**
     * Reads what a start would read of the log.
     *
     * @throws DamagedException where the start would fail with it
     */
    Recovery.Log readLog(Progress progress) throws IOException {
        return recovery.readLog(new Check(progress));
    }

    /**
     * The mutations of the record read last.
     *
     * @throws DamagedException if it has none
     */
    static List<Mutation> decode(LogReader reader) throws IOException {
        if (isOfGroups(reader)) {
            throw new IOException(reader.file() + " has records of the groups of a replicated pool, and no changes of"
                    + " shards. Look at them with: bin/distcache log print or log verify");
        }
        try {
            return MutationCodec.decode(reader.array(), reader.payloadOffset(), reader.payloadBytes());
        } catch (IllegalArgumentException e) {
            throw noneOfThisVersion(reader, e);
        }
    }

    /** Whether the record read last is one of a group. */
    static boolean isOfGroups(LogReader reader) {
        return reader.version() == Segment.GROUPS_VERSION;
    }

    /**
     * What the record read last says, if it is one of a group.
     *
     * @throws DamagedException if it says nothing
     */
    static GroupLine group(LogReader reader) throws IOException {
        try {
            return GroupLine.read(reader);
        } catch (IllegalArgumentException e) {
            throw noneOfThisVersion(reader, e);
        }
    }

    /**
     * The changes in the record read last, which says this of a group.
     *
     * @throws DamagedException if they say nothing
     */
    static List<StoredChanges> changes(LogReader reader, GroupLine line) throws IOException {
        GroupRecord record = line.record();
        try {
            return record == null ? List.of() : StoredChanges.of(record);
        } catch (IllegalArgumentException e) {
            throw noneOfThisVersion(reader, e);
        }
    }

    /**
     * Looks whether the record read last says something.
     *
     * @throws DamagedException if not
     */
    static void check(LogReader reader) throws IOException {
        if (isOfGroups(reader)) {
            changes(reader, group(reader));
        } else {
            decode(reader);
        }
    }

    private static DamagedException noneOfThisVersion(LogReader reader, IllegalArgumentException e) {
        Path file = reader.file();
        return new DamagedException(
                file == null ? Path.of("") : file,
                reader.nextOffset() - reader.payloadBytes(),
                "the record's checksum is right, and its contents are none of this version: " + e.getMessage(),
                "log print " + file);
    }

    /** Looks at what a start would load. */
    private static final class Check implements Recovery.Target {
        private final Progress progress;
        private long told;

        Check(Progress progress) {
            this.progress = progress;
        }

        @Override
        public SnapshotReader.Visitor snapshot(Path file, SnapshotReader reader) {
            return new SnapshotCheck(file, reader, progress);
        }

        @Override
        public void damaged(DamagedException snapshot, String instead) {}

        @Override
        public void log(LogReader reader) throws IOException {
            progress.expect(reader.totalBytes());
        }

        @Override
        public void record(LogReader reader) throws IOException {
            check(reader);
            progress.advance(reader.readBytes() - told);
            told = reader.readBytes();
        }
    }
}
