package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.FollowerState;
import io.microraft.impl.state.LeaderState;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.RaftMessage;

/**
 * A member's refusal of entries, because it lacks what is before them. The engine (0.7) tries the entry before that in the next request, one a
 * round trip; a member that lacks thousands takes thousands. So the refusal says which is the last index that the member has, and the leader
 * goes there at once (Raft, end of section 5.3; thesis, section 4.2.1).
 *
 * <p>It may also lack what it had told this leader that it has: a member that has forgotten (see {@link Silence}). Then what it told does not
 * count any more; otherwise something would become committed by an acknowledgement of what nobody has. Stateless; called on the consensus
 * loop.
 */
final class Refusal {
    private Refusal() {}

    /** The last index that this member has. */
    static long last(RaftNode engine) {
        return ((RaftNodeImpl) engine).state().log().lastLogOrSnapshotIndex();
    }

    /** What has come, as the engine understands it. */
    static RaftMessage understood(RaftNode engine, RaftMessage message, long last) {
        return message instanceof AppendEntriesFailureResponse refusal
                ? of(engine, refusal, last)
                : FittedRequest.of(engine, message);
    }

    /** A refusal: the engine goes on from one place before that which a refusal names. */
    private static AppendEntriesFailureResponse of(RaftNode engine, AppendEntriesFailureResponse refusal, long last) {
        RaftState state = ((RaftNodeImpl) engine).state();
        LeaderState leading = state.leaderState();
        FollowerState follower = leading == null ? null : leading.getFollowerStateOrNull(refusal.getSender());
        if (follower == null || refusal.getTerm() != state.term()) {
            return refusal;
        }
        if (last < follower.matchIndex()) {
            follower.matchIndex(0);
        } else if (refusal.getExpectedNextIndex() != follower.nextIndex() || last + 1 >= follower.nextIndex() - 1) {
            return refusal;
        }
        long named = last + 2;
        follower.nextIndex(named);
        return ModelCodec.MODEL
                .createAppendEntriesFailureResponseBuilder()
                .setGroupId(refusal.getGroupId())
                .setSender(refusal.getSender())
                .setTerm(refusal.getTerm())
                .setExpectedNextIndex(named)
                .setQuerySequenceNumber(refusal.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(refusal.getFlowControlSequenceNumber())
                .build();
    }
}
