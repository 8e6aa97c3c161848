package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Time;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * For how long no other member can lead a group (Raft thesis, section 6.4.1). A member that has heard from the leader votes for nobody else for
 * an election timeout, so a leader may rely on that for most of a timeout from when it <em>sent</em> the requests that a majority has
 * answered; when the answers came says nothing. Only answers of the term count in which the lease began.
 *
 * <p>Time for which the machine is suspended passes for the others and perhaps not here. So the lease also ends when the machine's clock and
 * the time that passes are apart by more than some milliseconds since the last answer; what was sent before that does not count any more.
 *
 * <p>Changed on the consensus loop only; {@link #isValid} is for all threads.
 */
final class Lease {
    /** The stamp of what carries none. */
    static final long NONE = Long.MIN_VALUE;

    private static final long MOST_DRIFT_MILLIS = 50;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Until when it runs, and by how much the clocks were apart when that was known. */
    private record Known(long untilNanos, long apartMillis) {}

    private final Time time;
    private final long lengthNanos;
    private final boolean minded;
    /** Stamps of requests: nanoseconds from here. */
    private final long originNanos;

    private final long[] answered = new long[128];
    /** How many of these have been written to, in any term. */
    private int members;

    private int term;
    private boolean open;
    private long notBefore = NONE;
    private long apartMillis;
    private volatile @Nullable Known known;

    /**
     * A lease that has not begun.
     *
     * @param minded whether clocks that drift apart end it
     */
    Lease(Time time, long lengthNanos, boolean minded) {
        this.time = time;
        this.lengthNanos = lengthNanos;
        this.minded = minded;
        this.originNanos = time.nanos();
    }

    /** The stamp of a request that is sent now. */
    long stamp() {
        return time.nanos() - originNanos;
    }

    /** A term begins in which this member leads. */
    void begin(int ofTerm) {
        term = ofTerm;
        open = true;
        known = null;
        apartMillis = apart();
        notBefore = stamp();
        Arrays.fill(answered, NONE);
    }

    /** It is over, for the rest of this term. */
    void end() {
        open = false;
        known = null;
    }

    /**
     * A member has answered.
     *
     * @param stamp of the request, {@link #NONE} if it is not known to have been ours
     * @param voters how many have a vote, this member included; more than one
     */
    void answered(int member, int inTerm, long stamp, int voters) {
        if (!open || inTerm != term || stamp == NONE) {
            return;
        }
        long apart = apart();
        if (minded && Math.abs(apart - apartMillis) > MOST_DRIFT_MILLIS) {
            known = null;
            notBefore = stamp();
            Arrays.fill(answered, NONE);
        }
        apartMillis = apart;
        if (stamp < notBefore) {
            return;
        }
        answered[member] = Math.max(answered[member], stamp);
        members = Math.max(members, member + 1);
        long byMajority = answeredByOthers(voters / 2);
        if (byMajority != NONE) {
            known = new Known(byMajority + lengthNanos, apart);
        }
    }

    /** The latest moment of which so many others have answered a request. */
    private long answeredByOthers(int others) {
        long[] sorted = Arrays.copyOf(answered, Math.max(members, others));
        Arrays.sort(sorted);
        return sorted[sorted.length - others];
    }

    /** Whether it runs. */
    boolean isValid() {
        Known now = known;
        return now != null
                && stamp() < now.untilNanos
                && (!minded || Math.abs(apart() - now.apartMillis) <= MOST_DRIFT_MILLIS);
    }

    /** For how long it runs if nobody answers any more; of no meaning unless it {@link #isValid}. */
    long leftNanos() {
        Known now = known;
        return now == null ? 0 : now.untilNanos - stamp();
    }

    private long apart() {
        return time.wallMillis() - time.nanos() / NANOS_PER_MILLI;
    }
}
