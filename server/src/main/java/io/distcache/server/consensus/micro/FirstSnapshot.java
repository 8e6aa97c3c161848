package io.distcache.server.consensus.micro;

import static io.distcache.server.consensus.micro.ModelCodec.MODEL;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupPiece;
import io.microraft.RaftEndpoint;
import io.microraft.model.log.RaftGroupMembersView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a group begins with at its founder, as a snapshot of term 1: as if all members had agreed on it long ago. The others get it from the
 * founder, which leads until it has opened the group ({@link Opening}). Stateless.
 */
final class FirstSnapshot {
    /** Not 1, so that who lacks it lacks more than entries: such a member is not near, and leads only when it has got it. */
    private static final long INDEX = 1 << 20;

    private static final int TERM = 1;

    private FirstSnapshot() {}

    /**
     * Writes it.
     *
     * @param journal keeps the pieces; is flushed before the group takes part
     * @param sink takes the records to the journal
     */
    static void write(
            int group,
            Endpoint self,
            List<RaftEndpoint> members,
            Applier applier,
            Journal journal,
            GroupRecords.Sink sink)
            throws IOException {
        RaftGroupMembersView view = MODEL.createRaftGroupMembersViewBuilder()
                .setLogIndex(0)
                .setMembers(members)
                .setVotingMembers(members)
                .build();
        GroupRecords records = new GroupRecords(journal, group, sink);
        records.persistAndFlushLocalEndpoint(MODEL.createRaftEndpointPersistentStateBuilder()
                .setLocalEndpoint(self)
                .setVoting(true)
                .build());
        records.persistAndFlushInitialGroupMembers(view);
        records.persistAndFlushTerm(MODEL.createRaftTermPersistentStateBuilder()
                .setTerm(TERM)
                .setVotedFor(null)
                .build());
        // What a start before has left that did not come to its end, on a full disk perhaps, and may have been of more
        // pieces.
        records.deleteSnapshotChunks(INDEX, 0);
        List<GroupPiece> pieces = new ArrayList<>();
        Consumer<Supplier<byte[]>> keep = piece -> {
            try {
                pieces.add(journal.keep(group, INDEX, piece.get()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        try {
            // Of no epoch: no leader has been there.
            keep.accept(() -> new byte[Long.BYTES]);
            applier.snapshot(group, INDEX, keep);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (int i = 0; i < pieces.size(); i++) {
            records.persistSnapshotChunk(MODEL.createSnapshotChunkBuilder()
                    .setIndex(INDEX)
                    .setTerm(TERM)
                    .setSnapshotChunkIndex(i)
                    .setSnapshotChunkCount(pieces.size())
                    .setGroupMembersView(view)
                    .setOperation(Piece.kept(pieces.get(i)))
                    .build());
        }
    }
}
