package io.distcache.server.consensus;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One log on disk for all groups of a node, and beside it the pieces of their snapshots. A crash leaves what was flushed, and perhaps a
 * beginning of what was appended after it; never a record without those before it, nor without a piece that was kept before it. Confined to
 * the consensus loop.
 */
public interface GroupStore {
    /** Calls with every record that a crash has left, in order. Records that later ones made void may be left out. */
    void read(Consumer<GroupRecord> records) throws IOException;

    /**
     * Whether what {@link #read} gave may be less than what was flushed, so that this node may have told others what it does not know any
     * more: power was lost, and not all was flushed to disk, or what was there was removed. Else what was flushed to disk is there. Ends with
     * the first flush to disk after the reading, which says what was made of it; until then another start is told the same.
     */
    boolean mayHaveForgotten();

    /**
     * Appends a record, in memory. Files of snapshots that it makes void ({@link GroupRecord.Kind#TRUNCATE_TO}, {@link
     * GroupRecord.Kind#DROP_SNAPSHOT}) are gone after the next flush, unless a piece is kept for the same index until then.
     */
    void append(GroupRecord group) throws IOException;

    /**
     * Keeps a piece of a snapshot, behind those of the same group and index. It is void after a restart unless a record says where it is.
     * After an exception nothing may be kept or appended any more.
     */
    GroupPiece keep(int group, long index, byte[] bytes) throws IOException;

    /**
     * Keeps all pieces of a snapshot, in place of what there is for the same group and index, while the loop goes on. They are on disk when it
     * is told where they are, and void after a restart unless a record says so.
     *
     * @param pieces tell their bytes on another thread, one after the other
     */
    Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) throws IOException;

    /** The pieces of a snapshot on their way to disk. */
    interface Keeping {
        /** Where they are, in order. Ends on any thread. */
        CompletionStage<List<GroupPiece>> places();

        /** The same; waits for it, on the loop, if it must. Throws what kept them from the disk, as the stage tells it. */
        List<GroupPiece> await() throws IOException;
    }

    /** The bytes of a piece whose snapshot is not void. */
    byte[] bytes(GroupPiece piece) throws IOException;

    /**
     * Writes what was appended and kept. After an exception nothing may be appended any more: what the disk has is not known.
     *
     * @param toDisk whether it also survives the loss of power, and not just that of the process
     */
    void flush(boolean toDisk) throws IOException;
}
