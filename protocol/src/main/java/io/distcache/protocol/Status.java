package io.distcache.protocol;

/** Why a node refused a command; travels in {@link Reply.Failure}. Nothing was applied, but for {@link #INDETERMINATE}. */
public enum Status {
    /** The command makes no sense: a bad length, an unknown handle, a limit out of range. */
    BAD_REQUEST(1),
    /** The cache is not there: never created, or destroyed since it was opened. */
    NO_SUCH_CACHE(2),
    /** A cache of that name has another definition; the message names the differences. */
    DEFINITION_DIFFERS(3),
    /** The lease has ended before it was settled: its time limit passed or its connection died. */
    LEASE_LOST(4),
    /** The entry stayed leased to others for as long as a command may wait. */
    LEASE_TIMEOUT(5),
    /** The entry is leased to somebody else, and the command asked not to wait. */
    LEASE_BUSY(6),
    /** The node is at its bound and configured to refuse writes. */
    FULL(7),
    /** Too much is in flight already; back off and try again. */
    OVERLOADED(8),
    /** A key, value or frame is over its limit. */
    TOO_LARGE(9),
    /** The node takes reads only; the message says why. */
    READ_ONLY(10),
    /** The node is still loading its data. */
    STARTING(11),
    /** The node is stopping. */
    DRAINING(12),
    /** The protocol versions have nothing in common. */
    VERSION_MISMATCH(13),
    /** The credentials were missing or wrong. */
    UNAUTHORIZED(14),
    /** A fault inside the node; its log says more. */
    INTERNAL(15),
    /** The change was made in memory, and logging it failed: it may be gone after a restart. */
    INDETERMINATE(16),
    /** The command was sent by an old picture of the pool: of its members, or of who of them is away. */
    NOT_OWNER(17),
    /** The client has come in, and its user may not do this. */
    FORBIDDEN(18),
    /** The node does not lead the group of the key, or of what else was asked for, in its replicated pool; or not any more. */
    NOT_LEADER(19),
    /** Nobody leads the group in the node's replicated pool for longer than an election takes: a majority of its members is missing. */
    UNAVAILABLE(20);

    private static final Status[] BY_CODE = new Status[21];

    static {
        for (Status status : values()) {
            BY_CODE[status.code] = status;
        }
    }

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /** The byte on the wire. */
    public int code() {
        return code;
    }

    /**
     * The status of a wire byte.
     *
     * @throws ProtocolException if there is none
     */
    public static Status of(int code) {
        Status status = code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (status == null) {
            throw new ProtocolException("unknown status " + code);
        }
        return status;
    }
}
