package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A leadership that is handed over to a slow member. Without {@link GivenVote} another leads in the end after 15 of the 30. */
class GivenVoteTest {
    private static final long SLOW = 50_000;
    private static final long FAST = 5_000;

    @Test
    void who_is_given_a_leadership_keeps_it_however_long_its_first_word_takes() throws IOException {
        TestPool pool = TestPool.started();
        int handovers = 30;
        int term = pool.leader().consensus.view(0).term();
        for (int i = 0; i < handovers; i++) {
            TestPool.Member before = pool.leader();
            TestPool.Member next = pool.member((before.number + 1) % TestPool.MEMBERS);
            for (int member = 0; member < TestPool.MEMBERS; member++) {
                pool.member(member).wayMicros = member == next.number ? SLOW : FAST;
            }
            before.consensus.transfer(0, next.number);
            // At another moment of everybody's heartbeat each time, and longer than anybody remembers a leader.
            pool.pass(2_003);
            assertThat(pool.leader()).as("after handover %d", i).isSameAs(next);
        }
        assertThat(pool.leader().consensus.view(0).term()).isEqualTo(term + handovers);
    }
}
