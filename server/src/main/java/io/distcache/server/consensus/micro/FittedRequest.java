package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.RaftMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leader's request for entries, cut so that the engine (0.7) understands it. Three of its faults are contained here:
 *
 * <ul>
 *   <li>A follower looks for the entry before those of a request in its log only, also where it is the last one of its snapshot, which a
 *       restart or an installed snapshot has left without the entry. If it has entries after the snapshot, it refuses the request, and the
 *       leader sends the same again until there is a newer snapshot: hours in a group with little to do, in which one lost answer has cost a
 *       member. So what the member has is cut off here, by the rules of the paper: what is in the snapshot is committed and the same
 *       everywhere, an entry of the same index and term is the same, one of another term goes with all after it (Raft, sections 5.3, 7).
 *   <li>A leader that has let go of all before its snapshot, and does not know how much a follower has, offers the snapshot; a follower that
 *       has more ignores it, and never tells. So it is told of a snapshot that ends with what the follower knows to be committed, which it
 *       answers: that much is the same everywhere.
 *   <li>A request whose entries end before what the follower knows to be committed takes the follower's commit index back, which fails where
 *       assertions are on, each time it is sent. So the request does not speak of commits then.
 * </ul>
 *
 * Stateless; called on the consensus loop.
 */
final class FittedRequest {
    private FittedRequest() {}

    /** A message as the engine understands it. */
    static RaftMessage of(RaftNode engine, RaftMessage message) {
        return message instanceof AppendEntriesRequest entries
                ? of(engine, entries)
                : message instanceof InstallSnapshotRequest snapshot ? of(engine, snapshot) : message;
    }

    private static RaftMessage of(RaftNode engine, InstallSnapshotRequest request) {
        long commit = ((RaftNodeImpl) engine).state().commitIndex();
        if (request.getSnapshotIndex() >= commit) {
            return request;
        }
        return ModelCodec.MODEL
                .createInstallSnapshotRequestBuilder()
                .setGroupId(request.getGroupId())
                .setSender(request.getSender())
                .setTerm(request.getTerm())
                .setSenderLeader(request.isSenderLeader())
                .setSnapshotTerm(request.getSnapshotTerm())
                .setSnapshotIndex(commit)
                .setTotalSnapshotChunkCount(request.getTotalSnapshotChunkCount())
                .setSnapshotChunk(null)
                .setSnapshottedMembers(request.getSnapshottedMembers())
                .setGroupMembersView(request.getGroupMembersView())
                .setQuerySequenceNumber(request.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
                .build();
    }

    private static AppendEntriesRequest of(RaftNode engine, AppendEntriesRequest request) {
        RaftNodeImpl node = (RaftNodeImpl) engine;
        if (request.getTerm() < node.state().term()) {
            return request;
        }
        int known = 0;
        int term = request.getPreviousLogTerm();
        RaftLog log = node.state().log();
        if (beginsInSnapshot(log, request)) {
            known = (int) (log.snapshotIndex() - request.getPreviousLogIndex());
            term = log.snapshotEntry().getTerm();
            for (LogEntry ours = same(log, request, known); ours != null; ours = same(log, request, known)) {
                term = ours.getTerm();
                known++;
            }
        }
        long end = request.getPreviousLogIndex() + request.getLogEntries().size();
        long commit = node.state().commitIndex();
        boolean takesBack = end < commit && commit < request.getCommitIndex();
        return known == 0 && !takesBack && term == request.getPreviousLogTerm()
                ? request
                : cut(request, known, term, takesBack ? commit : request.getCommitIndex());
    }

    private static boolean beginsInSnapshot(RaftLog log, AppendEntriesRequest request) {
        long snapshot = log.snapshotIndex();
        long before = request.getPreviousLogIndex();
        return snapshot > 0
                && before <= snapshot
                && before + request.getLogEntries().size() >= snapshot
                && before != log.lastLogOrSnapshotIndex()
                && (before == 0 || log.getLogEntry(before) == null);
    }

    /** Our entry, if it is the same as that of the request; if it is another, it goes, and all after it. */
    private static @Nullable LogEntry same(RaftLog log, AppendEntriesRequest request, int place) {
        if (place == request.getLogEntries().size()) {
            return null;
        }
        LogEntry theirs = request.getLogEntries().get(place);
        LogEntry ours = log.getLogEntry(theirs.getIndex());
        if (ours != null && ours.getTerm() != theirs.getTerm()) {
            log.truncateEntriesFrom(theirs.getIndex());
            return null;
        }
        return ours;
    }

    private static AppendEntriesRequest cut(AppendEntriesRequest request, int known, int term, long commit) {
        List<LogEntry> entries = request.getLogEntries();
        return ModelCodec.MODEL
                .createAppendEntriesRequestBuilder()
                .setGroupId(request.getGroupId())
                .setSender(request.getSender())
                .setTerm(request.getTerm())
                .setPreviousLogIndex(request.getPreviousLogIndex() + known)
                .setPreviousLogTerm(term)
                .setCommitIndex(commit)
                .setQuerySequenceNumber(request.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
                .setLogEntries(entries.subList(known, entries.size()))
                .build();
    }
}
