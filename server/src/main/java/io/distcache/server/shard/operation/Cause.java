package io.distcache.server.shard.operation;

/** Why an entry is changed. Immutable. */
public enum Cause {
    /** Somebody stored a value. */
    STORED,
    /** Somebody removed it, or everything. */
    REMOVED,
    /** Somebody gave it another deadline. */
    MOVED,
    /** Somebody gave it no time any more. */
    ENDED,
    /** It was read, and so has another deadline. */
    ACCESSED,
    /** Its time was over. */
    EXPIRED,
    /** It was dropped, since there is no room for it or since it is no longer this node's to keep. */
    DROPPED
}
