package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.model.message.AppendEntriesRequest;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets what only tells followers that entries are committed go along with the next entries of the group. The engine sends it at once and by
 * itself, with an answer to each: as many messages again as for the entries themselves, and under load the next entries are there already.
 * Where none follow it goes out after a twentieth of a heartbeat. Confined to the consensus loop.
 */
final class CommitNews {
    /** In the engine's time, in which a heartbeat is a second. */
    private static final long LONGEST_MILLIS = 50;

    private final EngineLoop loop;
    private final BooleanSupplier leads;
    private final Supplier<RaftNode> engine;
    private boolean kept;
    private boolean due;

    CommitNews(EngineLoop loop, BooleanSupplier leads, Supplier<RaftNode> engine) {
        this.loop = loop;
        this.leads = leads;
        this.engine = engine;
    }

    /**
     * Whether a request is not to be sent now.
     *
     * @param counting whether it follows from the answer of a member that has taken entries; others may be heartbeats, on which leases rest
     */
    boolean keeps(AppendEntriesRequest request, boolean counting) {
        // A number asks for an answer, which somebody waits for.
        boolean isNews = counting && request.getLogEntries().isEmpty() && request.getFlowControlSequenceNumber() == 0;
        kept = isNews;
        if (isNews && !due) {
            due = true;
            loop.schedule(this::tell, LONGEST_MILLIS, TimeUnit.MILLISECONDS);
        }
        return isNews;
    }

    private void tell() {
        due = false;
        if (kept && leads.getAsBoolean()) {
            kept = false;
            ((RaftNodeImpl) engine.get()).broadcastAppendEntriesRequest();
        }
    }
}
