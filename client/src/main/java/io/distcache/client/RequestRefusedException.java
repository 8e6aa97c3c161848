package io.distcache.client;

import java.util.Objects;

/** The node, or the client on its behalf, refused: nothing was applied, and asking the same again does not help. */
public final class RequestRefusedException extends DistCacheException {
    private final Reason reason;

    /** Why something was refused. */
    public enum Reason {
        /** It makes no sense there, as adding to what is no number. */
        BAD_REQUEST,
        /** It, or the reply to it, is larger than the node or the client takes. */
        TOO_LARGE,
        /** The node takes no writes, since its log or disk failed. */
        READ_ONLY,
        /** The node does not speak this client's version of the protocol. */
        VERSION_MISMATCH,
        /** The node does not know the user or the token, or the password is wrong. */
        UNAUTHORIZED,
        /** The user may not do this. */
        FORBIDDEN,
        /** Somebody else has the entry's lease. */
        LEASE_BUSY,
        /** The node failed at it. */
        INTERNAL
    }

    public RequestRefusedException(Reason reason, String message) {
        super(message, null);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /** Why it was refused. */
    public Reason reason() {
        return reason;
    }
}
