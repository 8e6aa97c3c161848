package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Time;
import org.junit.jupiter.api.Test;

/** How long a lease runs, with clocks set by hand. */
class ConsensusLeaseTest {
    private static final long MILLI = 1_000_000;
    private static final int TERM = 7;

    private static final class ManualTime implements Time {
        private long nanos = 5_000 * MILLI;
        private long wallAheadMillis = 1_700_000_000_000L;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public long wallMillis() {
            return nanos / MILLI + wallAheadMillis;
        }

        void pass(long millis) {
            nanos += millis * MILLI;
        }

        /** The machine's clock goes on, the time that passes does not. */
        void suspended(long millis) {
            wallAheadMillis += millis;
        }
    }

    private final ManualTime time = new ManualTime();
    private final Lease lease = new Lease(time, 800 * MILLI, true);

    @Test
    void it_runs_from_when_the_request_was_sent_and_not_from_when_the_answer_came() {
        lease.begin(TERM);
        long sent = lease.stamp();
        time.pass(700);
        lease.answered(1, TERM, sent, 3);
        assertThat(lease.isValid()).isTrue();
        time.pass(100);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void of_five_two_others_have_to_answer_and_the_older_one_counts() {
        lease.begin(TERM);
        long first = lease.stamp();
        time.pass(300);
        lease.answered(1, TERM, lease.stamp(), 5);
        assertThat(lease.isValid()).isFalse();
        lease.answered(2, TERM, first, 5);
        assertThat(lease.isValid()).isTrue();
        time.pass(500);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void answers_of_another_term_and_without_a_stamp_do_not_count() {
        lease.begin(TERM);
        lease.answered(1, TERM - 1, lease.stamp(), 3);
        lease.answered(1, TERM, Lease.NONE, 3);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void what_was_sent_before_the_term_began_does_not_count() {
        long sent = lease.stamp();
        time.pass(10);
        lease.begin(TERM);
        lease.answered(1, TERM, sent, 3);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void after_a_handover_it_does_not_come_back_in_the_same_term() {
        lease.begin(TERM);
        lease.answered(1, TERM, lease.stamp(), 3);
        lease.end();
        assertThat(lease.isValid()).isFalse();
        lease.answered(1, TERM, lease.stamp(), 3);
        assertThat(lease.isValid()).isFalse();
        lease.begin(TERM + 1);
        lease.answered(1, TERM + 1, lease.stamp(), 3);
        assertThat(lease.isValid()).isTrue();
    }

    @Test
    void a_machine_that_was_suspended_has_none_and_answers_to_what_it_sent_before_give_none() {
        lease.begin(TERM);
        long sent = lease.stamp();
        lease.answered(1, TERM, sent, 3);
        time.pass(1);
        long sentLater = lease.stamp();
        time.pass(1);
        time.suspended(5_000);
        assertThat(lease.isValid()).isFalse();
        lease.answered(1, TERM, sentLater, 3);
        assertThat(lease.isValid()).isFalse();
        time.pass(1);
        lease.answered(1, TERM, lease.stamp(), 3);
        assertThat(lease.isValid()).isTrue();
    }
}
