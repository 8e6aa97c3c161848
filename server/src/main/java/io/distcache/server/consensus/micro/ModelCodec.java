package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupPiece;
import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * What the engine keeps and sends, as bytes. Numbers are big-endian.
 *
 * <pre>
 *  members     count (1), number (1) ...
 *  view        index (8), members, members with a vote
 *  operation   0 (1), length (4), bytes   |   1 (1), members, members with a vote, who (1), what (1)
 *  entry       index (8), term (4), operation
 *  piece       index (8), term (4), place (4), of how many (4), view, then
 *                on its way      length (4), bytes
 *                in the journal  offset in its file (8), length (4)
 * </pre>
 *
 * Stateless.
 */
final class ModelCodec {
    static final DefaultRaftModelFactory MODEL = new DefaultRaftModelFactory();

    private static final byte BYTES = 0;
    private static final byte MEMBERS = 1;
    private static final MembershipChangeMode[] MODES = MembershipChangeMode.values();

    private ModelCodec() {}

    /** For just so many bytes. */
    static ByteBuf buffer(int bytes) {
        return Unpooled.wrappedBuffer(new byte[bytes]).clear();
    }

    /** What was written to a buffer, not copied if it is full. */
    static byte[] array(ByteBuf written) {
        byte[] array = written.array();
        return written.writerIndex() == array.length ? array : Arrays.copyOf(array, written.writerIndex());
    }

    /** How long an operation is as {@link #writeOperation} writes it. */
    static int operationBytes(Object operation) {
        return operation instanceof byte[] bytes
                ? 1 + Integer.BYTES + bytes.length
                : changeBytes((UpdateRaftGroupMembersOp) operation);
    }

    private static int changeBytes(UpdateRaftGroupMembersOp change) {
        return 1
                + (1 + change.getMembers().size())
                + (1 + change.getVotingMembers().size())
                + 2;
    }

    /** How long an entry is as {@link #writeEntry} writes it. */
    static int entryBytes(LogEntry entry) {
        return Long.BYTES + Integer.BYTES + operationBytes(entry.getOperation());
    }

    static void writeMembers(ByteBuf to, Collection<RaftEndpoint> members) {
        to.writeByte(members.size());
        for (RaftEndpoint member : members) {
            to.writeByte(Endpoint.of(member));
        }
    }

    static List<RaftEndpoint> readMembers(ByteBuf from) {
        int count = from.readByte();
        List<RaftEndpoint> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(new Endpoint(from.readByte()));
        }
        return members;
    }

    static void writeView(ByteBuf to, RaftGroupMembersView view) {
        to.writeLong(view.getLogIndex());
        writeMembers(to, view.getMembers());
        writeMembers(to, view.getVotingMembers());
    }

    static RaftGroupMembersView readView(ByteBuf from) {
        return MODEL.createRaftGroupMembersViewBuilder()
                .setLogIndex(from.readLong())
                .setMembers(readMembers(from))
                .setVotingMembers(readMembers(from))
                .build();
    }

    static void writeOperation(ByteBuf to, Object operation) {
        if (operation instanceof byte[] bytes) {
            to.writeByte(BYTES).writeInt(bytes.length).writeBytes(bytes);
            return;
        }
        UpdateRaftGroupMembersOp change = (UpdateRaftGroupMembersOp) operation;
        to.writeByte(MEMBERS);
        writeMembers(to, change.getMembers());
        writeMembers(to, change.getVotingMembers());
        to.writeByte(Endpoint.of(change.getEndpoint()))
                .writeByte(change.getMode().ordinal());
    }

    static Object readOperation(ByteBuf from) {
        if (from.readByte() == BYTES) {
            byte[] bytes = new byte[from.readInt()];
            from.readBytes(bytes);
            return bytes;
        }
        return MODEL.createUpdateRaftGroupMembersOpBuilder()
                .setMembers(readMembers(from))
                .setVotingMembers(readMembers(from))
                .setEndpoint(new Endpoint(from.readByte()))
                .setMode(MODES[from.readByte()])
                .build();
    }

    static void writeEntry(ByteBuf to, LogEntry entry) {
        to.writeLong(entry.getIndex()).writeInt(entry.getTerm());
        writeOperation(to, entry.getOperation());
    }

    static LogEntry readEntry(ByteBuf from) {
        return MODEL.createLogEntryBuilder()
                .setIndex(from.readLong())
                .setTerm(from.readInt())
                .setOperation(readOperation(from))
                .build();
    }

    /** With its bytes, for another member. */
    static void writePiece(ByteBuf to, SnapshotChunk piece, byte[] bytes) {
        writePieceHead(to, piece);
        to.writeInt(bytes.length).writeBytes(bytes);
    }

    static SnapshotChunk readPiece(ByteBuf from) {
        SnapshotChunk.SnapshotChunkBuilder piece = readPieceHead(from);
        byte[] bytes = new byte[from.readInt()];
        from.readBytes(bytes);
        return piece.setOperation(Piece.received(bytes)).build();
    }

    /** With where its bytes are, for the journal. */
    static void writePlacedPiece(ByteBuf to, SnapshotChunk piece, GroupPiece place) {
        writePieceHead(to, piece);
        to.writeLong(place.offset()).writeInt(place.length());
    }

    static SnapshotChunk readPlacedPiece(ByteBuf from, int group, long index) {
        SnapshotChunk.SnapshotChunkBuilder piece = readPieceHead(from);
        return piece.setOperation(Piece.kept(new GroupPiece(group, index, from.readLong(), from.readInt())))
                .build();
    }

    private static void writePieceHead(ByteBuf to, SnapshotChunk piece) {
        to.writeLong(piece.getIndex()).writeInt(piece.getTerm());
        to.writeInt(piece.getSnapshotChunkIndex()).writeInt(piece.getSnapshotChunkCount());
        writeView(to, piece.getGroupMembersView());
    }

    private static SnapshotChunk.SnapshotChunkBuilder readPieceHead(ByteBuf from) {
        return MODEL.createSnapshotChunkBuilder()
                .setIndex(from.readLong())
                .setTerm(from.readInt())
                .setSnapshotChunkIndex(from.readInt())
                .setSnapshotChunkCount(from.readInt())
                .setGroupMembersView(readView(from));
    }
}
