package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.microraft.RaftNode;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.RaftMessage;
import java.io.IOException;

/**
 * A member whose machine lost power, and with it entries that it had acknowledged, is silent in its group until it has caught up: it begins
 * with its term and vote, which are always synced, and no entries; takes entries and snapshots from a leader, and acknowledges them; but gives
 * no vote, asks for none, and does not take over. It is through when it has caught up with a leader, as {@link CatchUp} says,
 * where C is what the leader had committed.
 *
 * <p>Why nothing that is committed can be lost. Let an entry be committed by acknowledgements of a majority, one of them this member's (B),
 * from before it forgot. Any later leader has the votes of a majority, so one vote of somebody who had acknowledged the entry: if that is not
 * B, or B before it forgot, the new leader has the entry (Raft, section 5.4.3). That leaves B's votes after it was through in a term T. Of
 * entries before T: the leader of T has them, as B did not vote for it after it had forgotten and before it was through; and it has them before
 * the first of its own, of which B has applied one. A commit index alone would not do: a new leader's is too low until an entry of its own is
 * committed (Raft, section 8). Of entries of T: those committed before the leader sent the request are up to C. One committed after it, by an
 * acknowledgement that B gave the same leader before it forgot, would be lacking. So the leader does not count it any more: B, which begins
 * with nothing, cannot have accepted anything of that leader before it refused a request, and with this the leader learns that B lacks what it
 * had told ({@link Refusal}). An answer that was under way is of an earlier connection, or about a request that B then gets again. Entries after
 * T: B acknowledged those after it was through.
 *
 * <p>Its acknowledgements while it is silent are true, and count. So do its answers for the leader's lease: it votes for nobody. The term has
 * to be kept: without it, it could acknowledge entries of a leader that it has helped to depose.
 *
 * <p>If more members forget than a group can lack, and no leader is left, nobody is elected: what they had acknowledged may be nowhere. The
 * silence is in the log, and outlives restarts. Changed on the consensus loop; {@link #isOn} is for all threads.
 */
final class Silence {
    private final int group;
    private final Journal journal;
    private final CatchUp catchUp;
    private volatile boolean on;

    /**
     * A member that has not forgotten anything.
     *
     * @param termMatters whether the last that was applied has to be of the leader's term
     */
    Silence(int group, Journal journal, boolean termMatters) {
        this.group = group;
        this.journal = journal;
        this.catchUp = new CatchUp(termMatters);
    }

    /** The member is silent, as its log says. */
    void begin() {
        on = true;
    }

    boolean isOn() {
        return on;
    }

    /** Whether a message is neither sent nor taken. */
    boolean keepsBack(RaftMessage message) {
        return on && MessageCodec.isOfElection(message);
    }

    /** The member has accepted and answered a request, and applied what it could; the silence may be over. */
    void accepted(RaftNode engine, AppendEntriesRequest request) {
        if (catchUp.accepted(engine, request)) {
            on = false;
            try {
                journal.append(record(group, false));
            } catch (IOException e) {
                // The journal knows, and ends this member's part.
            }
        }
    }

    /** That a member is silent from here on, or is not. */
    static GroupRecord record(int group, boolean silent) {
        return new GroupRecord(Kind.SILENT, group, 0, 0, new byte[] {(byte) (silent ? 1 : 0)});
    }
}
