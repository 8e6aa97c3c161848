package io.distcache.server.shard;

import io.distcache.protocol.Bytes;

/**
 * What a front door does to one entry that no {@link io.distcache.protocol.Command} says, such as an increment or an append: decided
 * under the shard's lock by what is there. An object for one use, which keeps what came of it for whoever answers.
 */
public interface Verb {

    /** The key, with its tag. */
    Bytes key();

    /** What it keeps of the request, if it has to wait. */
    default long bytes() {
        return key().length();
    }

    /** Whether it only looks: then it does not wait while the entry is leased, and needs no log. */
    boolean isRead();

    /**
     * Looks, decides and changes; called once, under the shard's lock, perhaps later and on another thread if the entry is leased.
     * Must be quick and must not block.
     */
    void apply(EntryEdit entry);
}
