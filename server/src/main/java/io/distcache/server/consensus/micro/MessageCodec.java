package io.distcache.server.consensus.micro;

import static io.distcache.server.consensus.micro.ModelCodec.MODEL;

import io.microraft.RaftEndpoint;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.InstallSnapshotResponse;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.TriggerLeaderElectionRequest;
import io.microraft.model.message.VoteRequest;
import io.microraft.model.message.VoteResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of one group between two nodes.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  what     1 append, 2 appended, 3 not appended, 4 install, 5 installed, 6 and 7 vote beforehand, 8 and 9 vote, 10 take over
 *       1      2  group
 *       3      1  from     number of the sender
 *       4      4  term
 *       8      8  stamp    of a request: when it was sent, in the sender's nanoseconds; of an answer: that of the request
 *      16      n           as the kind of message has it
 * </pre>
 *
 * Stateless.
 */
final class MessageCodec {
    /**
     * What was read.
     *
     * @param last with {@link AppendEntriesFailureResponse}, the last index that the sender has; else 0
     */
    record Read(RaftMessage message, long stamp, long last) {}

    private static final int HEADER_BYTES = 16;
    private static final int APPEND_BYTES = HEADER_BYTES + 4 + 4 * Long.BYTES + 4;
    private static final int APPENDED_BYTES = HEADER_BYTES + 3 * Long.BYTES;

    private static final int APPEND = 1;
    private static final int APPENDED = 2;
    private static final int NOT_APPENDED = 3;
    private static final int INSTALL = 4;
    private static final int INSTALLED = 5;
    private static final int PRE_VOTE = 6;
    private static final int PRE_VOTED = 7;
    private static final int VOTE = 8;
    private static final int VOTED = 9;
    private static final int TAKE_OVER = 10;

    private MessageCodec() {}

    /**
     * Writes a message.
     *
     * @param last with {@link AppendEntriesFailureResponse}, the last index that this member has
     * @param journal where the bytes of pieces of snapshots are
     * @throws IOException if they cannot be read
     */
    static byte[] write(RaftMessage message, long stamp, long last, Journal journal) throws IOException {
        ByteBuf to = buffer(message);
        int what = what(message);
        to.writeByte(what).writeShort((Integer) message.getGroupId()).writeByte(Endpoint.of(message.getSender()));
        to.writeInt(message.getTerm()).writeLong(stamp);
        switch (what) {
            case APPEND -> writeAppend(to, (AppendEntriesRequest) message);
            case APPENDED -> writeAppended(to, (AppendEntriesSuccessResponse) message);
            case NOT_APPENDED -> writeNotAppended(to, (AppendEntriesFailureResponse) message, last);
            case INSTALL -> writeInstall(to, (InstallSnapshotRequest) message, journal);
            case INSTALLED -> writeInstalled(to, (InstallSnapshotResponse) message);
            case PRE_VOTE -> writePreVote(to, (PreVoteRequest) message);
            case PRE_VOTED -> to.writeBoolean(((PreVoteResponse) message).isGranted());
            case VOTE -> writeVote(to, (VoteRequest) message);
            case VOTED -> to.writeBoolean(((VoteResponse) message).isGranted());
            default -> writeTakeOver(to, (TriggerLeaderElectionRequest) message);
        }
        return ModelCodec.array(to);
    }

    /** What is sent most has an array of just its length. */
    private static ByteBuf buffer(RaftMessage message) {
        if (message instanceof AppendEntriesRequest request) {
            int entries = 0;
            for (LogEntry entry : request.getLogEntries()) {
                entries += ModelCodec.entryBytes(entry);
            }
            return ModelCodec.buffer(APPEND_BYTES + entries);
        }
        return message instanceof AppendEntriesSuccessResponse
                ? ModelCodec.buffer(APPENDED_BYTES)
                : Unpooled.buffer(64);
    }

    /** Whether it answers something that the receiver has asked. */
    static boolean isAnswer(RaftMessage message) {
        return switch (what(message)) {
            case APPENDED, NOT_APPENDED, INSTALLED, PRE_VOTED, VOTED -> true;
            default -> false;
        };
    }

    /** Whether it is about who is to lead. */
    static boolean isOfElection(RaftMessage message) {
        return what(message) >= PRE_VOTE;
    }

    private static int what(RaftMessage message) {
        if (message instanceof AppendEntriesRequest) {
            return APPEND;
        } else if (message instanceof AppendEntriesSuccessResponse) {
            return APPENDED;
        } else if (message instanceof AppendEntriesFailureResponse) {
            return NOT_APPENDED;
        } else if (message instanceof InstallSnapshotRequest) {
            return INSTALL;
        } else if (message instanceof InstallSnapshotResponse) {
            return INSTALLED;
        } else if (message instanceof PreVoteRequest) {
            return PRE_VOTE;
        } else if (message instanceof PreVoteResponse) {
            return PRE_VOTED;
        } else if (message instanceof VoteRequest) {
            return VOTE;
        } else if (message instanceof VoteResponse) {
            return VOTED;
        }
        return TAKE_OVER;
    }

    private static void writeAppend(ByteBuf to, AppendEntriesRequest request) {
        to.writeInt(request.getPreviousLogTerm()).writeLong(request.getPreviousLogIndex());
        to.writeLong(request.getCommitIndex());
        to.writeLong(request.getQuerySequenceNumber()).writeLong(request.getFlowControlSequenceNumber());
        to.writeInt(request.getLogEntries().size());
        for (LogEntry entry : request.getLogEntries()) {
            ModelCodec.writeEntry(to, entry);
        }
    }

    private static void writeAppended(ByteBuf to, AppendEntriesSuccessResponse answer) {
        to.writeLong(answer.getLastLogIndex());
        to.writeLong(answer.getQuerySequenceNumber()).writeLong(answer.getFlowControlSequenceNumber());
    }

    private static void writeNotAppended(ByteBuf to, AppendEntriesFailureResponse answer, long last) {
        to.writeLong(answer.getExpectedNextIndex());
        to.writeLong(answer.getQuerySequenceNumber()).writeLong(answer.getFlowControlSequenceNumber());
        to.writeLong(last);
    }

    private static void writeInstall(ByteBuf to, InstallSnapshotRequest request, Journal journal) throws IOException {
        to.writeBoolean(request.isSenderLeader()).writeInt(request.getSnapshotTerm());
        to.writeLong(request.getSnapshotIndex()).writeInt(request.getTotalSnapshotChunkCount());
        SnapshotChunk piece = request.getSnapshotChunk();
        to.writeBoolean(piece != null);
        if (piece != null) {
            ModelCodec.writePiece(to, piece, ((Piece) piece.getOperation()).bytes(journal));
        }
        ModelCodec.writeMembers(to, request.getSnapshottedMembers());
        ModelCodec.writeView(to, request.getGroupMembersView());
        to.writeLong(request.getQuerySequenceNumber()).writeLong(request.getFlowControlSequenceNumber());
    }

    private static void writeInstalled(ByteBuf to, InstallSnapshotResponse answer) {
        to.writeLong(answer.getSnapshotIndex()).writeInt(answer.getRequestedSnapshotChunkIndex());
        to.writeLong(answer.getQuerySequenceNumber()).writeLong(answer.getFlowControlSequenceNumber());
    }

    private static void writePreVote(ByteBuf to, PreVoteRequest request) {
        to.writeInt(request.getLastLogTerm()).writeLong(request.getLastLogIndex());
    }

    private static void writeVote(ByteBuf to, VoteRequest request) {
        to.writeInt(request.getLastLogTerm())
                .writeLong(request.getLastLogIndex())
                .writeBoolean(request.isSticky());
    }

    private static void writeTakeOver(ByteBuf to, TriggerLeaderElectionRequest request) {
        to.writeInt(request.getLastLogTerm()).writeLong(request.getLastLogIndex());
    }

    /** Reads what {@link #write} wrote; throws {@link IndexOutOfBoundsException} if it ends early. */
    static Read read(byte[] frame) {
        ByteBuf from = Unpooled.wrappedBuffer(frame);
        int what = from.readByte();
        Integer group = (int) from.readShort();
        RaftEndpoint sender = new Endpoint(from.readByte());
        int term = from.readInt();
        long stamp = from.readLong();
        RaftMessage message = switch (what) {
            case APPEND -> readAppend(from, group, sender, term);
            case APPENDED -> readAppended(from, group, sender, term);
            case NOT_APPENDED -> readNotAppended(from, group, sender, term);
            case INSTALL -> readInstall(from, group, sender, term);
            case INSTALLED -> readInstalled(from, group, sender, term);
            case PRE_VOTE ->
                MODEL.createPreVoteRequestBuilder()
                        .setGroupId(group)
                        .setSender(sender)
                        .setTerm(term)
                        .setLastLogTerm(from.readInt())
                        .setLastLogIndex(from.readLong())
                        .build();
            case PRE_VOTED ->
                MODEL.createPreVoteResponseBuilder()
                        .setGroupId(group)
                        .setSender(sender)
                        .setTerm(term)
                        .setGranted(from.readBoolean())
                        .build();
            case VOTE ->
                MODEL.createVoteRequestBuilder()
                        .setGroupId(group)
                        .setSender(sender)
                        .setTerm(term)
                        .setLastLogTerm(from.readInt())
                        .setLastLogIndex(from.readLong())
                        .setSticky(from.readBoolean())
                        .build();
            case VOTED ->
                MODEL.createVoteResponseBuilder()
                        .setGroupId(group)
                        .setSender(sender)
                        .setTerm(term)
                        .setGranted(from.readBoolean())
                        .build();
            case TAKE_OVER ->
                MODEL.createTriggerLeaderElectionRequestBuilder()
                        .setGroupId(group)
                        .setSender(sender)
                        .setTerm(term)
                        .setLastLogTerm(from.readInt())
                        .setLastLogIndex(from.readLong())
                        .build();
            default ->
                throw new IllegalArgumentException(
                        "a message of kind " + what + " for group " + group + "; kinds are 1 to " + TAKE_OVER);
        };
        return new Read(message, stamp, what == NOT_APPENDED ? from.readLong() : 0);
    }

    private static RaftMessage readAppend(ByteBuf from, Integer group, RaftEndpoint sender, int term) {
        AppendEntriesRequest.AppendEntriesRequestBuilder request = MODEL.createAppendEntriesRequestBuilder()
                .setGroupId(group)
                .setSender(sender)
                .setTerm(term)
                .setPreviousLogTerm(from.readInt())
                .setPreviousLogIndex(from.readLong())
                .setCommitIndex(from.readLong())
                .setQuerySequenceNumber(from.readLong())
                .setFlowControlSequenceNumber(from.readLong());
        int count = from.readInt();
        List<LogEntry> entries = new ArrayList<>(Math.min(count, from.readableBytes()));
        for (int i = 0; i < count; i++) {
            entries.add(ModelCodec.readEntry(from));
        }
        return request.setLogEntries(entries).build();
    }

    private static RaftMessage readAppended(ByteBuf from, Integer group, RaftEndpoint sender, int term) {
        return MODEL.createAppendEntriesSuccessResponseBuilder()
                .setGroupId(group)
                .setSender(sender)
                .setTerm(term)
                .setLastLogIndex(from.readLong())
                .setQuerySequenceNumber(from.readLong())
                .setFlowControlSequenceNumber(from.readLong())
                .build();
    }

    private static RaftMessage readNotAppended(ByteBuf from, Integer group, RaftEndpoint sender, int term) {
        return MODEL.createAppendEntriesFailureResponseBuilder()
                .setGroupId(group)
                .setSender(sender)
                .setTerm(term)
                .setExpectedNextIndex(from.readLong())
                .setQuerySequenceNumber(from.readLong())
                .setFlowControlSequenceNumber(from.readLong())
                .build();
    }

    private static RaftMessage readInstall(ByteBuf from, Integer group, RaftEndpoint sender, int term) {
        return MODEL.createInstallSnapshotRequestBuilder()
                .setGroupId(group)
                .setSender(sender)
                .setTerm(term)
                .setSenderLeader(from.readBoolean())
                .setSnapshotTerm(from.readInt())
                .setSnapshotIndex(from.readLong())
                .setTotalSnapshotChunkCount(from.readInt())
                .setSnapshotChunk(from.readBoolean() ? ModelCodec.readPiece(from) : null)
                .setSnapshottedMembers(ModelCodec.readMembers(from))
                .setGroupMembersView(ModelCodec.readView(from))
                .setQuerySequenceNumber(from.readLong())
                .setFlowControlSequenceNumber(from.readLong())
                .build();
    }

    private static RaftMessage readInstalled(ByteBuf from, Integer group, RaftEndpoint sender, int term) {
        return MODEL.createInstallSnapshotResponseBuilder()
                .setGroupId(group)
                .setSender(sender)
                .setTerm(term)
                .setSnapshotIndex(from.readLong())
                .setRequestedSnapshotChunkIndex(from.readInt())
                .setQuerySequenceNumber(from.readLong())
                .setFlowControlSequenceNumber(from.readLong())
                .build();
    }
}
