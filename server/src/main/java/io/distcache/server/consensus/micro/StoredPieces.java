package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which snapshots of its groups a member's log tells of. Stateless. */
public final class StoredPieces {
    private StoredPieces() {}

    /** Those of all groups, of each the newest first. */
    public static List<StoredSnapshot> read(GroupStore store, int groups) throws IOException {
        GroupHistory[] histories = new GroupHistory[groups];
        Arrays.setAll(histories, i -> new GroupHistory());
        long[] places = new long[1];
        store.read(record -> histories[record.group()].add(record, places[0]++));
        List<StoredSnapshot> all = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            boolean isNeeded = true;
            for (GroupHistory.Snapshot of : histories[group].snapshots()) {
                if (!of.pieces().isEmpty()) {
                    boolean isDropped = histories[group].isDropped(of);
                    all.add(new StoredSnapshot(
                            group,
                            of.index(),
                            of.term(),
                            isNeeded && !isDropped,
                            of.pieces().stream()
                                    .map(piece -> ((Piece) piece.getOperation()).place())
                                    .toList()));
                    isNeeded &= isDropped;
                }
            }
        }
        return all;
    }
}
