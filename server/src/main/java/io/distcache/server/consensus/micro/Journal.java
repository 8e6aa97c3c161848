package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows what of the store of all groups has to be flushed. After a failure it takes nothing more: what is on disk is not known then. Confined
 * to the consensus loop.
 */
final class Journal {
    private final GroupStore store;
    private final boolean syncEntries;
    private boolean written;
    private boolean promised;
    private @Nullable IOException failure;

    /**
     * A journal in front of a store that has been read.
     *
     * @param syncEntries whether entries have to survive the loss of power; votes and silence have to in any case
     */
    Journal(GroupStore store, boolean syncEntries) {
        this.store = store;
        this.syncEntries = syncEntries;
    }

    void append(GroupRecord entry) throws IOException {
        refuseIfFailed();
        try {
            store.append(entry);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        written = true;
        promised |= entry.kind() == GroupRecord.Kind.TERM
                || entry.kind() == GroupRecord.Kind.MEMBER
                || entry.kind() == GroupRecord.Kind.SILENT;
    }

    /** Keeps a piece of a snapshot; a record of where it is has to follow. */
    GroupPiece keep(int group, long index, byte[] bytes) throws IOException {
        refuseIfFailed();
        try {
            return store.keep(group, index, bytes);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Keeps all pieces of a snapshot beside the loop; records of where they are have to follow. */
    GroupStore.Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) throws IOException {
        refuseIfFailed();
        try {
            return store.keepAll(group, index, pieces);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** The bytes of a piece. What cannot be read is a failure, too: this member could neither install it nor give it to others. */
    byte[] bytes(GroupPiece piece) throws IOException {
        refuseIfFailed();
        try {
            return store.bytes(piece);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void refuseIfFailed() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /** This member can go on with nothing any more, for another reason than its disk. */
    void fail(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    boolean isDirty() {
        return written;
    }

    /** Whether the next flush waits for the disk. */
    boolean isToSync() {
        return written && (syncEntries || promised);
    }

    void flush() {
        try {
            if (failure == null && written) {
                store.flush(isToSync());
                written = false;
                promised = false;
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Why it takes nothing any more. */
    @Nullable
    IOException failure() {
        return failure;
    }
}
