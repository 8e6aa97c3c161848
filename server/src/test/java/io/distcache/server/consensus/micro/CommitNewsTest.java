package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.microraft.model.message.AppendEntriesRequest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** How followers hear that entries are committed. */
class CommitNewsTest {
    private static final int ENTRIES = 20;
    /** A twentieth of a heartbeat, and the way there. */
    private static final int ALONE_MILLIS = 6;

    private final TestPool pool = started();
    private final TestPool.Member leader = pool.leader();
    private final TestPool.Member follower = pool.member((leader.number + 1) % TestPool.MEMBERS);
    private final TestPool.Member other = pool.member((leader.number + 2) % TestPool.MEMBERS);

    private static TestPool started() {
        try {
            return TestPool.started();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void propose() {
        leader.consensus.propose(0, leader.epoch, new byte[10]);
    }

    /** What came from the leader without entries: heartbeats, and what only tells of commits. */
    private static long requestsWithoutEntries(TestPool.Member of) {
        return of.received.stream()
                .map(frame -> MessageCodec.read(frame).message())
                .filter(message -> message instanceof AppendEntriesRequest request
                        && request.getLogEntries().isEmpty())
                .count();
    }

    @Test
    void where_no_entry_follows_they_hear_of_it_after_a_twentieth_of_a_heartbeat() {
        propose();
        pool.pass(1);
        assertThat(leader.applied).isEqualTo(1);
        assertThat(follower.applied).isZero();
        assertThat(other.applied).isZero();
        pool.pass(ALONE_MILLIS - 1);
        assertThat(follower.applied).isEqualTo(1);
        assertThat(other.applied).isEqualTo(1);
    }

    @Test
    void otherwise_it_goes_along_with_the_next_entries_and_costs_no_message() {
        follower.received.clear();
        for (int i = 1; i <= ENTRIES; i++) {
            propose();
            pool.pass(1);
            assertThat(leader.applied).isEqualTo(i);
            assertThat(follower.applied).isBetween(i - 1, i);
            assertThat(other.applied).isBetween(i - 1, i);
        }
        // One for each twentieth of a heartbeat in which something was kept back, and a heartbeat.
        assertThat(requestsWithoutEntries(follower)).isLessThanOrEqualTo(ENTRIES / 5 + 1);
        pool.pass(ALONE_MILLIS);
        assertThat(follower.applied).isEqualTo(ENTRIES);
        assertThat(other.applied).isEqualTo(ENTRIES);
    }

    @Test
    void a_leader_that_has_told_says_nothing_more() {
        propose();
        pool.pass(ALONE_MILLIS);
        follower.received.clear();
        pool.pass(1_000);
        assertThat(requestsWithoutEntries(follower))
                .as("heartbeats, one each 100 ms")
                .isBetween(9L, 11L);
    }

    @Test
    void who_does_not_lead_any_more_tells_nothing_and_the_next_leader_does() {
        propose();
        pool.pass(1);
        leader.inReach = false;
        pool.pass(10_000);
        assertThat(pool.leader()).isNotNull().isNotSameAs(leader);
        assertThat(follower.applied).isEqualTo(1);
        assertThat(other.applied).isEqualTo(1);
    }
}
