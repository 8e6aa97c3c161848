package io.distcache.server.consensus;

/** One line of the log of all groups of a node. The payload is opaque to the log. Immutable, as long as nobody changes the payload. */
public final class GroupRecord {
    /** What a record says. */
    public enum Kind {
        /** The node's own number, and whether it votes. */
        MEMBER,
        /** The members with which the group began. */
        FIRST_MEMBERS,
        /** The term, and who got the vote in it: a promise, which is on disk before anybody hears of it (Raft, section 5.2). */
        TERM,
        /** An entry, at the index and with the term of the record. */
        ENTRY,
        /** Entries from this index on are void. */
        TRUNCATE_FROM,
        /** Entries up to this index, and snapshots before it, are not needed any more. */
        TRUNCATE_TO,
        /** Where a piece is of the snapshot of what was applied up to this index. */
        SNAPSHOT_PIECE,
        /** All pieces of the snapshot of this index are there: a start needs no entries up to it. */
        SNAPSHOT_COMPLETE,
        /** The pieces of the snapshot of this index are void. */
        DROP_SNAPSHOT,
        /** Whether the member may have forgotten what it told others, and has not caught up yet: it does not vote. Synced like a vote. */
        SILENT
    }

    private final Kind kind;
    private final int group;
    private final long index;
    private final int term;
    private final byte[] payload;

    public GroupRecord(Kind kind, int group, long index, int term, byte[] payload) {
        this.kind = kind;
        this.group = group;
        this.index = index;
        this.term = term;
        this.payload = payload;
    }

    public Kind kind() {
        return kind;
    }

    public int group() {
        return group;
    }

    public long index() {
        return index;
    }

    public int term() {
        return term;
    }

    public byte[] payload() {
        return payload;
    }
}
