package io.distcache.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node answers. Immutable. */
public sealed interface Reply {

    /** Which reply it is, for switches without default. */
    Kind kind();

    /** The kinds of reply; {@link #code()} is the frame type on the wire. */
    enum Kind {
        OK(0x40),
        FAILURE(0x41),
        VALUE(0x42),
        MISS(0x43),
        CHANGED(0x44),
        LEASED(0x45),
        LOAD_FAILED(0x46),
        MANY(0x47),
        AFFECTED(0x48),
        PAGE(0x49),
        COUNT(0x4a),
        OPENED(0x4b),
        CACHES(0x4c),
        INFO(0x4d),
        FILES(0x4e),
        CHUNK(0x4f),
        MEMBERS(0x50),
        HINTS(0x51),
        STANDING(0x52),
        RELOADED(0x53),
        ROUTES(0x54),
        GROUPS(0x55),
        STALE(0x56);

        private static final Kind[] ALL = values();
        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The frame type, 0x40 to 0x7f. */
        public int code() {
            return code;
        }

        /**
         * The kind of a frame type.
         *
         * @throws ProtocolException if no reply has that type
         */
        public static Kind of(int code) {
            int index = code - 0x40;
            if (index < 0 || index >= ALL.length) {
                throw new ProtocolException("unknown reply 0x" + Integer.toHexString(code));
            }
            return ALL[index];
        }
    }

    /** Done. */
    record Ok() implements Reply {
        public static final Ok INSTANCE = new Ok();

        @Override
        public Kind kind() {
            return Kind.OK;
        }
    }

    /** Refused, and nothing was applied. The message is one line, whatever a peer quoted or sent. */
    record Failure(Status status, String message) implements Reply {
        public Failure {
            message = OneLine.of(message);
        }

        @Override
        public Kind kind() {
            return Kind.FAILURE;
        }
    }

    /** A present entry's value and version. */
    record Value(long version, Bytes value) implements Reply {
        @Override
        public Kind kind() {
            return Kind.VALUE;
        }
    }

    /** There is no such entry. */
    record Miss() implements Reply {
        public static final Miss INSTANCE = new Miss();

        @Override
        public Kind kind() {
            return Kind.MISS;
        }
    }

    /**
     * How a conditional change went.
     *
     * @param existed whether the entry was there before
     * @param applied whether the condition held and the change was made; a put with ttl 0 on a missing entry is not applied
     * @param version the entry's version now; 0 if it is not there
     * @param old the value before, if asked for and there
     */
    record Changed(
            boolean existed,
            boolean applied,
            long version,
            @Nullable Bytes old) implements Reply {
        @Override
        public Kind kind() {
            return Kind.CHANGED;
        }
    }

    /**
     * A granted lease and the entry as it stands.
     *
     * @param token to settle with; unique on the node
     * @param version the entry's version; 0 if it is not there
     * @param value the entry's value, or null if it is not there
     */
    record Leased(long token, long version, @Nullable Bytes value) implements Reply {
        @Override
        public Kind kind() {
            return Kind.LEASED;
        }
    }

    /** The computation waited for has failed; the bytes are its holder's and opaque to the node. */
    record LoadFailed(Bytes error) implements Reply {
        @Override
        public Kind kind() {
            return Kind.LOAD_FAILED;
        }
    }

    /** Replies to the parts of a command, in the order of the parts. */
    record Many(List<Reply> replies) implements Reply {
        @Override
        public Kind kind() {
            return Kind.MANY;
        }
    }

    /** Of a change to many entries: how many were changed, and how many were there before. */
    record Affected(int applied, int existed) implements Reply {
        @Override
        public Kind kind() {
            return Kind.AFFECTED;
        }
    }

    /** One entry of a {@link Page}; the value is null if only keys were asked for. */
    record Item(Bytes key, long version, @Nullable Bytes value) {}

    /**
     * Part of a scan.
     *
     * @param cursor where to go on; -1 after the last page
     */
    record Page(long cursor, List<Item> items) implements Reply {
        @Override
        public Kind kind() {
            return Kind.PAGE;
        }
    }

    /** How many. */
    record Count(long value) implements Reply {
        @Override
        public Kind kind() {
            return Kind.COUNT;
        }
    }

    /** The cache is open; {@code created} tells whether this command made it. */
    record Opened(boolean created, CacheDefinition definition) implements Reply {
        @Override
        public Kind kind() {
            return Kind.OPENED;
        }
    }

    /** The caches there are. */
    record Caches(List<CacheDefinition> definitions) implements Reply {
        @Override
        public Kind kind() {
            return Kind.CACHES;
        }
    }

    /** A file of a node's data directory: its path there, with {@code /}, and its size. */
    record NodeFile(String path, long bytes) {}

    /** Files of a node. */
    record Files(List<NodeFile> files) implements Reply {
        @Override
        public Kind kind() {
            return Kind.FILES;
        }
    }

    /** Part of a file; empty at its end. */
    record Chunk(Bytes bytes) implements Reply {
        @Override
        public Kind kind() {
            return Kind.CHUNK;
        }
    }

    /** Who is in the pool, as the node knows it. */
    record Members(Membership membership) implements Reply {
        @Override
        public Kind kind() {
            return Kind.MEMBERS;
        }
    }

    /**
     * Entries changed on behalf of a member that was away.
     *
     * @param owner the member's name
     * @param everything there were too many to name, or the whole cache was changed: all of the owner's entries of it count
     */
    record Hint(String owner, String namespace, String cache, boolean everything, List<Bytes> keys) {}

    /** Hints for members that are back, some of them; none if the members may be used. */
    record Hints(List<Hint> hints) implements Reply {
        @Override
        public Kind kind() {
            return Kind.HINTS;
        }
    }

    /**
     * How a node stands in its pool.
     *
     * @param fresh whether it was in no pool before this one, for all it knows: what it has nobody changed on its behalf
     * @param unsure the members on whose behalf it may have changed entries in an earlier life, of which it knows nothing
     * @param inUse whether it was in use before this was said
     * @param waitMillis for how long it wants to be kept waiting for those that may have changed its entries and cannot be asked
     * @param departed its opinion of the members that are not in use
     */
    record Standing(boolean fresh, List<String> unsure, boolean inUse, int waitMillis, List<Witness.Departed> departed)
            implements Reply {
        @Override
        public Kind kind() {
            return Kind.STANDING;
        }
    }

    /**
     * What the files say that a node was told to look at.
     *
     * @param certificate whose the node's certificate is; empty if it speaks TLS nowhere
     * @param expiresMillis until when it is valid, in milliseconds since 1970; 0 without one
     * @param isNewCertificate whether the files said something else before
     * @param users how many there are; -1 without an access file
     */
    record Reloaded(String certificate, long expiresMillis, boolean isNewCertificate, int users) implements Reply {
        @Override
        public Kind kind() {
            return Kind.RELOADED;
        }
    }

    /**
     * What a member of a replicated pool has found that does not lead, while nobody does: it may be older than what others have been told.
     *
     * @param answer {@link Value}, {@link Miss}, {@link Count}, or {@link Many}
     */
    record Stale(Reply answer) implements Reply {
        /** Refuses what is no answer to a read. */
        public Stale {
            switch (answer.kind()) {
                case VALUE, MISS, COUNT, MANY -> {}
                default -> throw new ProtocolException(answer.kind() + " is no answer to a read");
            }
        }

        @Override
        public Kind kind() {
            return Kind.STALE;
        }
    }

    /** Which node leads which group of keys, as far as this one knows. */
    record Routes(io.distcache.protocol.Routes routes) implements Reply {
        @Override
        public Kind kind() {
            return Kind.ROUTES;
        }
    }

    /** The groups of a replicated pool: first the one that knows the caches, then those of keys. */
    record Groups(List<Group> groups) implements Reply {
        public Groups {
            groups = List.copyOf(groups);
        }

        @Override
        public Kind kind() {
            return Kind.GROUPS;
        }
    }

    /**
     * A group as one member sees it.
     *
     * @param term rises with every leader
     * @param leader the number of the member that leads, -1 if none is known
     * @param last the index of the last entry that this member has
     * @param behind by member how many entries it lacks; empty if the one that tells does not lead the group
     */
    record Group(int term, int leader, long last, List<Long> behind) {
        public Group {
            behind = List.copyOf(behind);
        }
    }

    /** Counters of a cache on one node since it was created there. */
    record Info(long entries, long bytes, long evictions, long expirations) implements Reply {
        @Override
        public Kind kind() {
            return Kind.INFO;
        }
    }
}
