package io.distcache.server.pool;

import java.io.IOException;

/** Where a node keeps what it knows of its pool. Thread-safe. */
public interface PoolStore {
    /** Of a node that keeps nothing. */
    PoolStore NONE = contents -> {};

    /**
     * Brings all changes made so far to disk, and then this, in the place of what was kept before. When it returns both are
     * there; if it fails, or the node is killed, this may not be without the changes.
     */
    void save(byte[] contents) throws IOException;
}
