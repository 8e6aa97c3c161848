package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Payload;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a record of a pool's log says. The record's shard is the group.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  kind     1 MEMBER, 2 FIRST_MEMBERS, 3 TERM, 4 ENTRY, 5 TRUNCATE_FROM, 6 TRUNCATE_TO, 7 SNAPSHOT_PIECE,
 *                          8 SNAPSHOT_COMPLETE, 9 DROP_SNAPSHOT, 10 SILENT; 64: the log begins
 *       1      8  index    of the log's beginning: its position
 *       9      4  term
 *      13      n  payload
 * </pre>
 *
 * <p>That the log begins at a position is written before segments are removed, so that those that somebody else removed are missed.
 * Immutable.
 *
 * @param record null if it is about the log itself
 * @param begins the position at which the log begins; -1 if it does not say that
 */
public record GroupLine(@Nullable GroupRecord record, long begins) {
    /** Bytes before the payload. */
    static final int HEADER_BYTES = 13;

    private static final byte BEGINS = 64;
    private static final Kind[] KINDS = {
        Kind.MEMBER,
        Kind.FIRST_MEMBERS,
        Kind.TERM,
        Kind.ENTRY,
        Kind.TRUNCATE_FROM,
        Kind.TRUNCATE_TO,
        Kind.SNAPSHOT_PIECE,
        Kind.SNAPSHOT_COMPLETE,
        Kind.DROP_SNAPSHOT,
        Kind.SILENT
    };

    static int bytes(GroupRecord record) {
        return HEADER_BYTES + record.payload().length;
    }

    /** A record as it is written. */
    static Payload of(GroupRecord record) {
        return (array, offset) -> header(array, offset, code(record.kind()), record.index(), record.term())
                .put(record.payload());
    }

    /** That the log begins at a position, as it is written. */
    static Payload beginning(long position) {
        return (array, offset) -> header(array, offset, BEGINS, position, 0);
    }

    private static ByteBuffer header(byte[] array, int offset, byte kind, long index, int term) {
        return ByteBuffer.wrap(array, offset, array.length - offset)
                .put(kind)
                .putLong(index)
                .putInt(term);
    }

    /** The number of a kind, which is the same in all versions. */
    static byte code(Kind kind) {
        return switch (kind) {
            case MEMBER -> 1;
            case FIRST_MEMBERS -> 2;
            case TERM -> 3;
            case ENTRY -> 4;
            case TRUNCATE_FROM -> 5;
            case TRUNCATE_TO -> 6;
            case SNAPSHOT_PIECE -> 7;
            case SNAPSHOT_COMPLETE -> 8;
            case DROP_SNAPSHOT -> 9;
            case SILENT -> 10;
        };
    }

    /**
     * What the record says that was read last, of the log of a member.
     *
     * @param directory of its data
     * @param groups how many the pool has, with the one that knows the caches
     * @throws DamagedException if it is not what was written
     * @throws IOException if it is not that of a member of such a pool
     */
    static GroupLine read(LogReader reader, Path directory, int groups) throws IOException {
        Path file = reader.file();
        Path named = file == null ? DataDirectory.log(directory) : file;
        if (reader.version() != Segment.GROUPS_VERSION) {
            throw new IOException(named + " is of a node in no replicated pool, and this node is in one. Give it a"
                    + " directory of its own (--data-dir)");
        }
        if (reader.shard() >= groups) {
            throw new IOException(named + " has records of group " + reader.shard() + ", and the pool has " + groups
                    + " groups, meta included. Is it the directory of another pool?");
        }
        try {
            return read(reader);
        } catch (IllegalArgumentException e) {
            throw new DamagedException(
                    named,
                    reader.nextOffset() - reader.payloadBytes(),
                    "the record's checksum is right, and its contents are none of this version: " + e.getMessage(),
                    "log print " + directory);
        }
    }

    /** Segments are missing before the first one that is there, as the log is needed from an earlier position on. */
    static DamagedException missing(Path first, long needed) throws IOException {
        return DamagedException.withRemedy(
                first,
                "the log begins here, at position " + Segment.positionOf(first) + ", and is needed from " + needed
                        + " on; earlier segments are missing",
                "Put them back, or let this node begin anew with an empty directory");
    }

    /**
     * What the record says that was read last.
     *
     * @throws IllegalArgumentException if it says nothing that this version knows
     */
    public static GroupLine read(LogReader reader) {
        int length = reader.payloadBytes();
        if (length < HEADER_BYTES) {
            throw new IllegalArgumentException(
                    "a group's record has " + length + " bytes; it has at least " + HEADER_BYTES);
        }
        ByteBuffer from = ByteBuffer.wrap(reader.array(), reader.payloadOffset(), length);
        byte code = from.get();
        long index = from.getLong();
        int term = from.getInt();
        if (code == BEGINS) {
            return new GroupLine(null, index);
        }
        if (code < 1 || code > KINDS.length) {
            throw new IllegalArgumentException(
                    "a group's record is of kind " + code + "; kinds are 1 to " + KINDS.length + ", and " + BEGINS);
        }
        byte[] payload = new byte[from.remaining()];
        from.get(payload);
        return new GroupLine(new GroupRecord(KINDS[code - 1], reader.shard(), index, term, payload), -1);
    }
}
