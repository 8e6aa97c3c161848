package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Members whose machines lost power. */
class SilenceTest {
    private final TestPool pool = started();
    private final TestPool.Member leader = pool.leader();
    private final TestPool.Member forgot = pool.member((leader.number + 1) % TestPool.MEMBERS);
    private final TestPool.Member other = pool.member((leader.number + 2) % TestPool.MEMBERS);

    private static TestPool started() {
        try {
            return TestPool.started();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Only what is synced in any case is left. */
    private static void losePower(TestPool.Member member) {
        member.kill();
        member.records.removeIf(record -> record.kind() == Kind.ENTRY);
        member.forgot = true;
    }

    @Test
    void who_forgot_gets_all_from_the_same_leader_that_counted_on_it_and_takes_part_again() throws IOException {
        pool.propose(leader, 100);
        losePower(forgot);
        pool.pass(300);
        forgot.start();
        assertThat(forgot.consensus.isSilent(0)).isTrue();
        pool.pass(3_000);

        assertThat(pool.leader()).isSameAs(leader);
        assertThat(forgot.applied).isEqualTo(100);
        assertThat(forgot.consensus.isSilent(0)).isFalse();
        leader.inReach = false;
        pool.pass(4_000);
        assertThat(pool.leader()).isNotNull();
    }

    @Test
    void who_forgot_neither_leads_nor_helps_anybody_to_lead_before_it_has_caught_up() throws IOException {
        other.inReach = false;
        pool.propose(leader, 100);
        losePower(forgot);
        leader.inReach = false;
        other.inReach = true;
        forgot.start();
        pool.pass(20_000);
        assertThat(pool.leader()).isNull();
        assertThat(forgot.consensus.isSilent(0)).isTrue();

        leader.inReach = true;
        pool.pass(5_000);
        assertThat(pool.leader()).isSameAs(leader);
        assertThat(forgot.applied).isEqualTo(100);
        assertThat(other.applied).isEqualTo(100);
        assertThat(forgot.consensus.isSilent(0)).isFalse();
    }

    @Test
    void silence_and_the_term_outlive_another_restart() throws IOException {
        pool.propose(leader, 10);
        losePower(forgot);
        leader.inReach = false;
        other.inReach = false;
        int term = forgot.consensus.view(0).term();
        forgot.start();
        pool.pass(3_000);
        assertThat(forgot.forgot).isFalse();
        assertThat(forgot.records.stream().map(GroupRecord::kind)).contains(Kind.SILENT);
        forgot.kill();
        forgot.start();
        pool.pass(3_000);
        assertThat(forgot.consensus.isSilent(0)).isTrue();
        assertThat(forgot.consensus.view(0).term()).isEqualTo(term);
    }

    @Test
    void if_two_of_three_forgot_and_the_third_does_not_lead_nobody_does() throws IOException {
        pool.propose(leader, 10);
        losePower(forgot);
        losePower(leader);
        forgot.start();
        leader.start();
        pool.pass(20_000);
        assertThat(pool.leader()).isNull();
        assertThat(forgot.consensus.isSilent(0)).isTrue();
        assertThat(leader.consensus.isSilent(0)).isTrue();
    }
}
