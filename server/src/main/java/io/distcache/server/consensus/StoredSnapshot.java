package io.distcache.server.consensus;

import java.util.List;

/**
 * A snapshot of a group on a member's disk, of which all pieces were there. Immutable.
 *
 * @param index up to which it goes
 * @param term of the entry there
 * @param isNeeded whether a start goes on from it; if not, its file may be gone
 * @param pieces in order; the first is of the consensus
 */
public record StoredSnapshot(int group, long index, int term, boolean isNeeded, List<GroupPiece> pieces) {
    public StoredSnapshot {
        pieces = List.copyOf(pieces);
    }
}
