package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import java.util.List;

/**
 * Contains a fault of the engine (0.7): a follower looks for the entry before a request's entries in its log only, also where it is the last
 * one of its snapshot, which a restart or an installed snapshot has left without the entry. If it has entries after the snapshot, it refuses
 * the request, and the leader, which knows better, sends the same again, until there is a newer snapshot: hours in a group with little to do,
 * in which one lost answer has cost a member. So the request is cut here to what the member lacks, by the rules of the paper: what is in the
 * snapshot is committed and the same everywhere, an entry of the same index and term is the same, one of another term goes with all after it
 * (Raft, sections 5.3 and 7). Stateless; called on the consensus loop.
 */
final class TailAfterSnapshot {
    private TailAfterSnapshot() {}

    /** The request as the engine understands it. */
    static AppendEntriesRequest fitted(RaftNode engine, AppendEntriesRequest request) {
        RaftNodeImpl node = (RaftNodeImpl) engine;
        RaftLog log = node.state().log();
        long snapshot = log.snapshotIndex();
        long before = request.getPreviousLogIndex();
        List<LogEntry> entries = request.getLogEntries();
        if (snapshot == 0
                || request.getTerm() < node.state().term()
                || before > snapshot
                || before + entries.size() < snapshot
                || log.lastLogOrSnapshotIndex() == before
                || (before > 0 && log.getLogEntry(before) != null)) {
            return request;
        }
        int known = (int) (snapshot - before);
        int term = log.snapshotEntry().getTerm();
        for (; known < entries.size(); known++) {
            LogEntry theirs = entries.get(known);
            LogEntry ours = log.getLogEntry(theirs.getIndex());
            if (ours == null) {
                break;
            }
            if (ours.getTerm() != theirs.getTerm()) {
                log.truncateEntriesFrom(theirs.getIndex());
                break;
            }
            term = theirs.getTerm();
        }
        return ModelCodec.MODEL
                .createAppendEntriesRequestBuilder()
                .setGroupId(request.getGroupId())
                .setSender(request.getSender())
                .setTerm(request.getTerm())
                .setPreviousLogIndex(before + known)
                .setPreviousLogTerm(term)
                .setCommitIndex(request.getCommitIndex())
                .setQuerySequenceNumber(request.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
                .setLogEntries(entries.subList(known, entries.size()))
                .build();
    }
}
