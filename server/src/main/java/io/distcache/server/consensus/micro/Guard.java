package io.distcache.server.consensus.micro;

/** What keeps a group right besides the engine. All are on in a node; a test turns off one at a time, to show that each is needed. */
enum Guard {
    /** An entry counts only under the epoch under which it was decided. */
    EPOCH,
    /** A follower that has asked for votes in its leader's term looks after the leader all the same. */
    FORGOTTEN_ELECTION,
    /** A restarted member stays silent for one election timeout. */
    VOTE_DELAY,
    /** An answer carries a stamp only of a request that came from who gets the answer; matters where followers send pieces of snapshots. */
    SAME_PEER,
    /** Reads rely on our lease, not on the engine's. */
    OWN_LEASE,
    /** Answers from before the current term are dropped. */
    OLD_ANSWERS,
    /** A leader that began to hand over has no lease for the rest of its term. */
    TRANSFER_ENDS_LEASE,
    /** A member has room for all that it may have to take before it knows what of it is committed ({@link OwnSnapshots#room}). */
    ROOM,
    /**
     * Pieces of a snapshot come from the leader only. Who asked a follower for one in a term that then ended does not ask again, and waits
     * for the next snapshot: a fault of the engine.
     */
    LEADERS_SNAPSHOT,
    /** Pieces of a snapshot come from one process of the leader: it may have made and cut it anew when it had started again. */
    ONE_PROCESS,
    /** The engine's log does not begin before what it has. */
    LOG_HEAD,
    /** A lease ends when the machine's two clocks drift apart, as they do when it was suspended. */
    CLOCK_DRIFT,
    /** A member asks for no votes before the founder, which serves alone until then, has said that anybody may lead. */
    AWAITED,
    /** A member that may have forgotten what it acknowledged begins without entries, and is silent until it has caught up. */
    SILENCE,
    /** It is silent until it has applied an entry of the leader's own term, and not just all that the leader knew to be committed. */
    SILENCE_TO_TERM
}
