package io.distcache.server.consensus.micro;

import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import java.util.List;

/**
 * A leader's request for entries, cut so that it is no longer than may be: the engine (0.7) counts entries, not bytes. The member answers how
 * far it has come, and the engine goes on from there. Stateless.
 */
final class BoundedRequest {
    private BoundedRequest() {}

    /** The request with as many of its entries as fit, and at least one. */
    static AppendEntriesRequest of(AppendEntriesRequest request, long mostBytes) {
        List<LogEntry> entries = request.getLogEntries();
        int fitting = fitting(entries, mostBytes);
        return fitting == entries.size()
                ? request
                : ModelCodec.MODEL
                        .createAppendEntriesRequestBuilder()
                        .setGroupId(request.getGroupId())
                        .setSender(request.getSender())
                        .setTerm(request.getTerm())
                        .setPreviousLogIndex(request.getPreviousLogIndex())
                        .setPreviousLogTerm(request.getPreviousLogTerm())
                        .setCommitIndex(request.getCommitIndex())
                        .setQuerySequenceNumber(request.getQuerySequenceNumber())
                        .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
                        .setLogEntries(entries.subList(0, fitting))
                        .build();
    }

    private static int fitting(List<LogEntry> entries, long mostBytes) {
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            // What is no bytes is a change of members, which is short.
            bytes += entries.get(i).getOperation() instanceof byte[] operation ? operation.length : 0;
            if (bytes > mostBytes && i > 0) {
                return i;
            }
        }
        return entries.size();
    }
}
