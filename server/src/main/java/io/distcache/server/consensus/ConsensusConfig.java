package io.distcache.server.consensus;

import java.time.Duration;
import java.util.List;

/**
 * How a node takes part in its groups.
 *
 * @param self this node's number, one of the members
 * @param members the numbers, 0 to 127, of the nodes that have all groups, the same on each of them
 * @param groups how many groups there are
 * @param heartbeat how often a leader speaks; 10 ms or more
 * @param electionTimeout after how long without a word of the leader others may take over; 3 heartbeats or more, and whole ones
 * @param snapshotEntries after how many entries a group makes a snapshot and forgets the log before it; the same on all members, since the
 *     room for entries of which a member does not know yet that they are committed follows from it: to a follower with less, a leader with more
 *     could never give them all
 * @param batchEntries how many entries a follower gets at a time
 * @param pendingEntries how many entries of a group may be under way; more are refused
 * @param founding whether the groups begin with something
 * @param syncEntries whether an entry counts as kept when it survives the loss of power, and not just of the process. Votes always do
 */
public record ConsensusConfig(
        int self,
        List<Integer> members,
        int groups,
        Duration heartbeat,
        Duration electionTimeout,
        int snapshotEntries,
        int batchEntries,
        int pendingEntries,
        Founding founding,
        boolean syncEntries) {
    private static final int MOST_MEMBER = 127;

    public ConsensusConfig {
        members = List.copyOf(members);
        if (!members.contains(self)) {
            throw new IllegalArgumentException("node " + self + " is none of the members " + members);
        }
        if (members.stream().anyMatch(member -> member < 0 || member > MOST_MEMBER)
                || members.stream().distinct().count() != members.size()) {
            throw new IllegalArgumentException(
                    "members are different numbers from 0 to " + MOST_MEMBER + ", not " + members);
        }
        if (groups < 1 || groups > Short.MAX_VALUE) {
            throw new IllegalArgumentException("there are 1 to " + Short.MAX_VALUE + " groups, not " + groups);
        }
        if (heartbeat.toMillis() < 10) {
            throw new IllegalArgumentException("the heartbeat is 10 ms or more, not " + heartbeat.toMillis() + " ms");
        }
        if (electionTimeout.toMillis() < 3 * heartbeat.toMillis()
                || electionTimeout.toMillis() % heartbeat.toMillis() != 0) {
            throw new IllegalArgumentException("the election timeout is at least 3 heartbeats of "
                    + heartbeat.toMillis() + " ms, and whole ones, not " + electionTimeout.toMillis() + " ms");
        }
        if (snapshotEntries < 1 || batchEntries < 1 || pendingEntries < 1) {
            throw new IllegalArgumentException("entries for a snapshot, in a batch and under way are at least 1, not "
                    + snapshotEntries + ", " + batchEntries + " and " + pendingEntries);
        }
    }

    /** How long a leader may rely on the answers of a majority; shorter than the timeout, as clocks do not run equally fast. */
    public Duration lease() {
        return electionTimeout.multipliedBy(4).dividedBy(5);
    }
}
