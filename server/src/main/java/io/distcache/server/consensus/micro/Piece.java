package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a snapshot as the engine holds it: where its bytes are. One that has just come from another member has the bytes themselves,
 * until the engine takes it; it takes none that it has already, or does not want. Confined to the consensus loop.
 */
final class Piece {
    private byte @Nullable [] bytes;
    private @Nullable GroupPiece place;

    /** One that has just come. */
    Piece(byte[] bytes) {
        this.bytes = bytes;
    }

    /** One that is kept. */
    Piece(GroupPiece place) {
        this.place = place;
    }

    /** Keeps it, if it is not kept yet. */
    GroupPiece keep(Journal journal, int group, long index) throws IOException {
        byte[] received = bytes;
        if (received != null) {
            place = journal.keep(group, index, received);
            bytes = null;
        }
        return place();
    }

    byte[] bytes(Journal journal) throws IOException {
        byte[] received = bytes;
        return received != null ? received : journal.bytes(place());
    }

    /** Where it is kept. */
    GroupPiece place() {
        GroupPiece where = place;
        if (where == null) {
            throw new IllegalStateException("a piece that is neither kept nor has bytes");
        }
        return where;
    }
}
