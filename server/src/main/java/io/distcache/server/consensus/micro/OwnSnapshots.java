package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.consensus.GroupStore.Keeping;
import io.microraft.model.log.SnapshotChunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one group that this member makes. The engine has one at once, and gives others its pieces from memory; it goes to disk beside
 * the loop, however large it is. Only then the journal tells that it is there, and that entries before it are not needed: a start before that goes
 * on from the snapshot before it, with more entries.
 *
 * <p>One is written at a time. If the engine makes the next one before that is through, the loop waits: else there would be more entries after the
 * last snapshot on disk than members have room for ({@link #room}). Confined to the consensus loop.
 */
final class OwnSnapshots {
    /** One that is being written. */
    private static final class Made {
        private final List<SnapshotChunk> pieces;
        private final Keeping keeping;
        private final CompletableFuture<Void> written = new CompletableFuture<>();
        /** Entries up to this index are not needed when it is written; 0 for none. */
        private long needlessTo;
        /** Whether another member's snapshot has come since, which goes further. */
        private boolean isOvertaken;

        Made(List<SnapshotChunk> pieces, Keeping keeping) {
            this.pieces = pieces;
            this.keeping = keeping;
        }
    }

    private final Journal journal;
    private final int group;
    private final EngineLoop loop;
    private final List<SnapshotChunk> gathered = new ArrayList<>();
    private @Nullable Made writing;

    OwnSnapshots(Journal journal, int group, EngineLoop loop) {
        this.journal = journal;
        this.group = group;
        this.loop = loop;
    }

    /**
     * For how many entries that are not committed, as far as a member knows, it needs room besides those of one snapshot to the next: as many as
     * a leader can have that has just started, from the last snapshot that a follower has on disk. Of either's last snapshot on disk there may
     * come two times the entries of a snapshot, and those that were under way; and the follower has at least the entry with which the
     * leader's ends, or it gets that.
     */
    static int room(int snapshotEntries, int underWay) {
        return 3 * snapshotEntries + 4 * underWay;
    }

    /** Takes a piece; with the last one the snapshot is made. */
    void add(SnapshotChunk piece, GroupRecords records) throws IOException {
        gathered.add(piece);
        if (gathered.size() < piece.getSnapshotChunkCount()) {
            return;
        }
        Made before = writing;
        if (before != null) {
            written(before, before.keeping.await(), records);
        }
        List<SnapshotChunk> pieces = List.copyOf(gathered);
        gathered.clear();
        List<Supplier<byte[]>> sources =
                pieces.stream().map(one -> of(one).source()).toList();
        Made made = new Made(pieces, journal.keepAll(group, piece.getIndex(), sources));
        writing = made;
        made.keeping
                .places()
                .whenComplete((places, failure) -> loop.execute(() -> ended(made, places, failure, records)));
    }

    private void ended(
            Made made, @Nullable List<GroupPiece> places, @Nullable Throwable failure, GroupRecords records) {
        if (writing != made) {
            return;
        }
        try {
            if (places == null) {
                throw new IOException("the snapshot of group " + group + " could not be written: " + failure, failure);
            }
            written(made, places, records);
        } catch (IOException e) {
            journal.fail(e);
            made.written.completeExceptionally(e);
        }
    }

    private void written(Made made, List<GroupPiece> places, GroupRecords records) throws IOException {
        writing = null;
        long index = made.pieces.get(0).getIndex();
        if (made.isOvertaken) {
            records.append(Kind.DROP_SNAPSHOT, index, 0, GroupRecords.NOTHING);
        } else {
            for (int i = 0; i < places.size(); i++) {
                of(made.pieces.get(i)).isAt(places.get(i));
                records.persistSnapshotChunk(made.pieces.get(i));
            }
            if (made.needlessTo > 0) {
                records.append(Kind.TRUNCATE_TO, made.needlessTo, 0, GroupRecords.NOTHING);
            }
        }
        made.written.complete(null);
    }

    private static Piece of(SnapshotChunk piece) {
        return (Piece) piece.getOperation();
    }

    /** Whether what lets entries go has to wait for the snapshot that is being written; it is told with that then. */
    boolean keepsBack(long needlessTo) {
        Made made = writing;
        if (made == null || made.isOvertaken) {
            return false;
        }
        made.needlessTo = needlessTo;
        return true;
    }

    /** All of another member's snapshot is here, which goes further than what is being written. */
    void overtaken() {
        if (writing != null) {
            writing.isOvertaken = true;
        }
    }

    /** When what has been made is on disk, or another member's in its place. */
    CompletableFuture<Void> written() {
        Made made = writing;
        return made == null ? CompletableFuture.completedFuture(null) : made.written;
    }
}
