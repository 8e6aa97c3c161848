package io.distcache.server.shard;

/**
 * How a member of a replicated pool lets accesses move deadlines. Immutable.
 *
 * @param touch which moves the other members are told of
 */
public record ExpiryConfig(Touch touch) {
    /** When a deadline that an access has moved is replicated. Immutable. */
    public enum Touch {
        /**
         * When it is a tenth of the ttl, and at most 1 s, later than what the others have, or has been later for 1 s. Until then only the
         * leader has it.
         */
        BUNDLED,
        /** Each time. */
        EXACT
    }
}
