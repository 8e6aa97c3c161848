package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a snapshot as the engine holds it: where its bytes are. One that is not kept yet has the bytes themselves, if it has just come from
 * another member, or makes them, if it is this member's own. Of what comes the engine takes none that it has already, or does not want. Confined
 * to the consensus loop.
 */
final class Piece {
    private final boolean isOwn;
    private @Nullable Supplier<byte[]> source;
    private @Nullable GroupPiece place;

    private Piece(boolean isOwn, @Nullable Supplier<byte[]> source, @Nullable GroupPiece place) {
        this.isOwn = isOwn;
        this.source = source;
        this.place = place;
    }

    /** One that has just come from another member. */
    static Piece received(byte[] bytes) {
        return new Piece(false, () -> bytes, null);
    }

    /** One of a snapshot that this member makes. */
    static Piece own(Supplier<byte[]> source) {
        return new Piece(true, source, null);
    }

    /** One that is kept. */
    static Piece kept(GroupPiece place) {
        return new Piece(false, null, place);
    }

    /** Whether this member made it, and it is not kept yet: it is with the others of its snapshot. */
    boolean isToBeWritten() {
        return isOwn && place == null;
    }

    /** Whether it came from another member. */
    boolean isOthers() {
        return !isOwn;
    }

    /** What makes its bytes, on any thread. */
    Supplier<byte[]> source() {
        Supplier<byte[]> from = source;
        if (from == null) {
            throw new IllegalStateException("a piece that is kept already");
        }
        return from;
    }

    /** It is kept from now on. */
    void isAt(GroupPiece where) {
        place = where;
        source = null;
    }

    /** Keeps it, if it is not kept yet. */
    GroupPiece keep(Journal journal, int group, long index) throws IOException {
        Supplier<byte[]> from = source;
        if (from != null) {
            isAt(journal.keep(group, index, from.get()));
        }
        return place();
    }

    byte[] bytes(Journal journal) throws IOException {
        Supplier<byte[]> from = source;
        return from != null ? from.get() : journal.bytes(place());
    }

    /** Where it is kept. */
    GroupPiece place() {
        GroupPiece where = place;
        if (where == null) {
            throw new IllegalStateException("a piece that is not kept yet");
        }
        return where;
    }
}
