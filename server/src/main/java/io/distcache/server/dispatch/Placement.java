package io.distcache.server.dispatch;

/** What of a command is compared with the pool before it is executed. */
enum Placement {
    /** Nothing: it is not about entries, or the place of its entry is looked at under the lock of the entry's shard. */
    UNCHECKED,
    /** Whether the client has the node's picture of the pool, by which it chose this node. */
    PICTURE,
    /** That, and whether every entry that it names lies here: nothing of it is done if one does not. */
    ENTRIES
}
