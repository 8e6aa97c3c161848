package io.distcache.server.consensus;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * One log on disk for all groups of a node. A crash leaves what was flushed, and perhaps a beginning of what was appended after it; never
 * a record without those before it. Confined to the consensus loop.
 */
public interface GroupStore {
    /** Calls with every record that a crash has left, in order. Records that later ones made void may be left out. */
    void read(Consumer<GroupRecord> records) throws IOException;

    /** Appends a record, in memory. */
    void append(GroupRecord group) throws IOException;

    /**
     * Writes what was appended. After an exception nothing may be appended any more: what the disk has is not known.
     *
     * @param toDisk whether it also survives the loss of power, and not just that of the process
     */
    void flush(boolean toDisk) throws IOException;
}
