package io.distcache.server.consensus.micro;

import static io.distcache.server.consensus.micro.ModelCodec.MODEL;

import io.distcache.server.consensus.Founding;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one group was before a restart, put together from its records in their order. Confined to the consensus loop. */
final class Restored {
    private @Nullable Endpoint self;
    private boolean votes;
    private @Nullable RaftGroupMembersView first;
    private int term;
    private @Nullable Endpoint voted;
    private boolean silent;
    private final TreeMap<Long, LogEntry> entries = new TreeMap<>();
    private final TreeMap<Long, TreeMap<Integer, SnapshotChunk>> pieces = new TreeMap<>();

    void add(GroupRecord entry) {
        ByteBuf payload = Unpooled.wrappedBuffer(entry.payload());
        long index = entry.index();
        switch (entry.kind()) {
            case MEMBER -> {
                self = new Endpoint(payload.readByte());
                votes = payload.readByte() != 0;
            }
            case FIRST_MEMBERS -> first = ModelCodec.readView(payload);
            case TERM -> {
                term = entry.term();
                int whom = payload.readByte();
                voted = whom < 0 ? null : new Endpoint(whom);
            }
            case ENTRY ->
                entries.put(
                        index,
                        MODEL.createLogEntryBuilder()
                                .setIndex(index)
                                .setTerm(entry.term())
                                .setOperation(ModelCodec.readOperation(payload))
                                .build());
            case TRUNCATE_FROM -> entries.tailMap(index, true).clear();
            case TRUNCATE_TO -> {
                entries.headMap(index, true).clear();
                pieces.headMap(index, false).clear();
            }
            case SNAPSHOT_PIECE -> {
                SnapshotChunk piece = ModelCodec.readPlacedPiece(payload, entry.group(), index);
                pieces.computeIfAbsent(index, i -> new TreeMap<>()).put(piece.getSnapshotChunkIndex(), piece);
            }
            case SNAPSHOT_COMPLETE -> {
                // For the store, which may have let go of the entries before it; here the pieces are counted.
            }
            case DROP_SNAPSHOT -> pieces.remove(index);
            case SILENT -> silent = payload.readByte() != 0;
        }
    }

    /** Leaves the term and the vote only, of which the journal is told: entries that this member acknowledged may be lacking here. */
    void forget(int group, Journal journal) throws IOException {
        byte[] nothing = {};
        journal.append(new GroupRecord(Kind.TRUNCATE_FROM, group, 1, 0, nothing));
        for (long index : pieces.keySet()) {
            journal.append(new GroupRecord(Kind.DROP_SNAPSHOT, group, index, 0, nothing));
        }
        journal.append(Silence.record(group, true));
        entries.clear();
        pieces.clear();
        silent = true;
    }

    /** Whether the member has nothing of what the group began with, and has not forgotten it. */
    boolean isEmpty() {
        return !silent && entries.isEmpty() && snapshot() == null;
    }

    /** Whether the member has forgotten things, and has not caught up yet. */
    boolean isSilent() {
        return silent;
    }

    /**
     * Whether what the member has says that the founder has opened the group.
     *
     * @throws IOException if a snapshot cannot be read
     */
    boolean isOpen(Journal journal) throws IOException {
        Opening seen = new Opening(Founding.AWAITED, true);
        for (LogEntry entry : entries.values()) {
            seen.see(entry.getOperation());
        }
        SnapshotEntry snapshot = snapshot();
        if (snapshot != null) {
            SnapshotChunk first = (SnapshotChunk) ((List<?>) snapshot.getOperation()).get(0);
            seen.saw(ByteBuffer.wrap(((Piece) first.getOperation()).bytes(journal))
                    .getLong());
        }
        return seen.isOpen();
    }

    /** What the engine goes on from; null if the member had not begun. */
    @Nullable
    RestoredRaftState state() {
        if (self == null || first == null) {
            return null;
        }
        SnapshotEntry snapshot = snapshot();
        if (snapshot != null) {
            entries.headMap(snapshot.getIndex(), true).clear();
        }
        return new RestoredRaftState(
                MODEL.createRaftEndpointPersistentStateBuilder()
                        .setLocalEndpoint(self)
                        .setVoting(votes)
                        .build(),
                first,
                MODEL.createRaftTermPersistentStateBuilder()
                        .setTerm(term)
                        .setVotedFor(voted)
                        .build(),
                snapshot,
                new ArrayList<>(entries.values()));
    }

    /** The newest of which all pieces are there. */
    private @Nullable SnapshotEntry snapshot() {
        for (Map.Entry<Long, TreeMap<Integer, SnapshotChunk>> one :
                pieces.descendingMap().entrySet()) {
            List<SnapshotChunk> all = new ArrayList<>(one.getValue().values());
            SnapshotChunk any = all.get(0);
            if (all.size() == any.getSnapshotChunkCount()) {
                return MODEL.createSnapshotEntryBuilder()
                        .setIndex(one.getKey())
                        .setTerm(any.getTerm())
                        .setSnapshotChunks(all)
                        .setGroupMembersView(any.getGroupMembersView())
                        .build();
            }
        }
        return null;
    }
}
