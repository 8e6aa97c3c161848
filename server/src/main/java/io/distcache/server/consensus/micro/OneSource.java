package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.SnapshotChunkCollector;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.InstallSnapshotRequest;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * All pieces of a snapshot that a member installs come from one process of one other member, and those on its disk are of one snapshot. Two
 * members have the same at an index, but may have cut it otherwise, and so may one that made it anew when it had started again; the engine takes
 * the pieces of both for those of one. Confined to the consensus loop.
 */
final class OneSource {
    private int peer = -1;
    private long connection;

    /** This member makes a snapshot of its own: none that it was getting counts any more. */
    static void own(RaftNode engine, long index) {
        RaftState state = ((RaftNodeImpl) engine).state();
        SnapshotChunkCollector before = state.snapshotChunkCollector();
        try {
            if (before != null && before.getSnapshotIndex() <= index) {
                // Else the engine would drop this member's own, which may be of the same index, for the next one that
                // comes.
                state.store().deleteSnapshotChunks(before.getSnapshotIndex(), before.getChunkCount());
                state.snapshotChunkCollector(null);
            }
            state.store().deleteSnapshotChunks(index, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A piece has come, or the word that there are some.
     *
     * @param over the connection, of which there is another one if the sender has started again
     */
    void from(int sender, long over, RaftNode engine, InstallSnapshotRequest request) {
        RaftState state = ((RaftNodeImpl) engine).state();
        if (request.getTerm() < state.term() || request.getSnapshotIndex() <= state.commitIndex()) {
            return;
        }
        SnapshotChunkCollector before = state.snapshotChunkCollector();
        boolean begins = before == null
                || before.getSnapshotIndex() < request.getSnapshotIndex()
                || peer != sender
                || connection != over;
        if (!begins) {
            return;
        }
        peer = sender;
        connection = over;
        try {
            if (before != null) {
                state.store().deleteSnapshotChunks(before.getSnapshotIndex(), before.getChunkCount());
                state.snapshotChunkCollector(null);
            }
            // Also what an earlier process has left of it.
            state.store().deleteSnapshotChunks(request.getSnapshotIndex(), request.getTotalSnapshotChunkCount());
        } catch (IOException e) {
            // The journal knows, and ends this member's part.
            throw new UncheckedIOException(e);
        }
    }
}
