package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;

/**
 * What is to be done to one entry: it decides by what is there, and writes nothing itself. An object for one use; what a front door
 * tells its client of it, the object may keep. It decides under the shard's lock.
 */
public interface EntryOperation {

    /** The key, with its tag. */
    Bytes key();

    /** How many bytes of the request it keeps, if it has to wait. */
    default long bytes() {
        return key().length();
    }

    /** Whether it only looks: then it does not wait while the entry is leased, and needs no log. */
    boolean isRead();

    /**
     * Looks and decides. It is called once, but for a look that keeps nothing, under the shard's lock, perhaps later and on another thread if the entry is leased. It must be
     * quick and must not block. What it decides is done after it, unless a store was refused or it fails.
     *
     * @return the reply
     */
    Reply decide(EntryView entry);
}
