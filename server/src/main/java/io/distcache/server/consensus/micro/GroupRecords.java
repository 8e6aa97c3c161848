package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the engine keeps of one group, as records of the node's journal. The engine's flushes do nothing: {@link EngineLoop} flushes once for
 * all groups, and lets out nothing before that relies on it. Confined to the consensus loop.
 */
final class GroupRecords implements RaftStore {
    static final byte[] NOTHING = {};
    private static final int NOBODY = -1;

    private final Journal journal;
    private final int group;
    private final Sink sink;
    private final @Nullable OwnSnapshots own;
    /** Of snapshots that come in pieces, which are there. After a restart they come again. */
    private final TreeMap<Long, BitSet> incomplete = new TreeMap<>();

    GroupRecords(Journal journal, int group, OwnSnapshots own) {
        this.journal = journal;
        this.group = group;
        this.sink = journal::append;
        this.own = own;
    }

    /** The same, whose records go another way to the journal. There is no engine yet that makes snapshots. */
    GroupRecords(Journal journal, int group, Sink sink) {
        this.journal = journal;
        this.group = group;
        this.sink = sink;
        this.own = null;
    }

    /** Takes records. */
    interface Sink {
        void append(GroupRecord entry) throws IOException;
    }

    @Override
    public void persistAndFlushLocalEndpoint(RaftEndpointPersistentState self) throws IOException {
        append(Kind.MEMBER, 0, 0, new byte[] {
            (byte) Endpoint.of(self.getLocalEndpoint()), (byte) (self.isVoting() ? 1 : 0)
        });
    }

    @Override
    public void persistAndFlushInitialGroupMembers(RaftGroupMembersView members) throws IOException {
        ByteBuf payload = Unpooled.buffer();
        ModelCodec.writeView(payload, members);
        append(Kind.FIRST_MEMBERS, members.getLogIndex(), 0, ModelCodec.array(payload));
    }

    @Override
    public void persistAndFlushTerm(RaftTermPersistentState term) throws IOException {
        int voted = term.getVotedFor() == null ? NOBODY : Endpoint.of(term.getVotedFor());
        append(Kind.TERM, 0, term.getTerm(), new byte[] {(byte) voted});
    }

    @Override
    public void persistLogEntries(List<LogEntry> entries) throws IOException {
        for (LogEntry entry : entries) {
            ByteBuf payload = ModelCodec.buffer(ModelCodec.operationBytes(entry.getOperation()));
            ModelCodec.writeOperation(payload, entry.getOperation());
            append(Kind.ENTRY, entry.getIndex(), entry.getTerm(), ModelCodec.array(payload));
        }
    }

    @Override
    public void persistSnapshotChunk(SnapshotChunk piece) throws IOException {
        Piece of = (Piece) piece.getOperation();
        if (own != null && of.isToBeWritten()) {
            own.add(piece, this);
            return;
        }
        GroupPiece place = of.keep(journal, group, piece.getIndex());
        ByteBuf payload = Unpooled.buffer();
        ModelCodec.writePlacedPiece(payload, piece, place);
        append(Kind.SNAPSHOT_PIECE, piece.getIndex(), piece.getTerm(), ModelCodec.array(payload));
        BitSet kept = incomplete.computeIfAbsent(piece.getIndex(), index -> new BitSet());
        kept.set(piece.getSnapshotChunkIndex());
        if (kept.cardinality() == piece.getSnapshotChunkCount()) {
            append(Kind.SNAPSHOT_COMPLETE, piece.getIndex(), piece.getTerm(), NOTHING);
            incomplete.headMap(piece.getIndex(), true).clear();
            if (own != null && of.isOthers()) {
                own.overtaken();
            }
        }
    }

    @Override
    public void truncateLogEntriesFrom(long index) throws IOException {
        append(Kind.TRUNCATE_FROM, index, 0, NOTHING);
    }

    @Override
    public void truncateLogEntriesUntil(long index) throws IOException {
        if (own == null || !own.keepsBack(index)) {
            append(Kind.TRUNCATE_TO, index, 0, NOTHING);
        }
    }

    @Override
    public void deleteSnapshotChunks(long index, int count) throws IOException {
        append(Kind.DROP_SNAPSHOT, index, 0, NOTHING);
        incomplete.remove(index);
    }

    @Override
    public void flush() {}

    void append(Kind kind, long index, int term, byte[] payload) throws IOException {
        sink.append(new GroupRecord(kind, group, index, term, payload));
    }
}
