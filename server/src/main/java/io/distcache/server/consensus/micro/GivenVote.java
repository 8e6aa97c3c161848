package io.distcache.server.consensus.micro;

import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteResponse;

/**
 * A member that has given its vote waits for as long as an election takes before it asks for any itself (Raft, section 5.2). The engine (0.7)
 * asks at its next look, within a heartbeat and often at once; and who has just handed over its leadership has heard from no leader for long, and
 * agrees. So the one that was elected a moment ago would be deposed before it has said a word, and by somebody who lacks its first entry and
 * cannot be elected: after that nobody leads for a second. Confined to the consensus loop.
 */
final class GivenVote {
    private final EngineLoop loop;
    private final long waitMillis;
    private long freeMillis;

    /**
     * A member that has given none.
     *
     * @param waitMillis how long an election takes, by the engine's clock
     */
    GivenVote(EngineLoop loop, long waitMillis) {
        this.loop = loop;
        this.waitMillis = waitMillis;
    }

    /** Whether a message that the engine sends shall not leave. */
    boolean keepsBack(RaftMessage message) {
        if (message instanceof VoteResponse vote && vote.isGranted()) {
            freeMillis = loop.millis() + waitMillis;
        }
        return message instanceof PreVoteRequest && loop.millis() < freeMillis;
    }
}
