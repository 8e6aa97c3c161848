package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Members of which one alone has all that is committed. */
class BeforeVoteTest {
    @Test
    void one_that_was_restarted_leads_when_the_leader_that_it_found_is_gone() throws IOException {
        TestPool pool = TestPool.started();
        TestPool.Member first = pool.leader();
        TestPool.Member restarted = pool.member((first.number + 1) % TestPool.MEMBERS);
        TestPool.Member behind = pool.member((first.number + 2) % TestPool.MEMBERS);
        restarted.kill();
        restarted.start();
        pool.pass(3_000);
        behind.inReach = false;
        pool.propose(first, 10);

        first.inReach = false;
        behind.inReach = true;
        pool.pass(5_000);

        assertThat(pool.leader()).isSameAs(restarted);
        assertThat(behind.applied).isEqualTo(10);
    }

    @Test
    void it_leads_also_if_one_that_lacks_something_has_come_to_a_much_higher_term() throws IOException {
        TestPool pool = TestPool.started();
        TestPool.Member first = pool.leader();
        TestPool.Member has = pool.member((first.number + 1) % TestPool.MEMBERS);
        TestPool.Member behind = pool.member((first.number + 2) % TestPool.MEMBERS);
        behind.inReach = false;
        pool.propose(first, 10);
        behind.kill();
        behind.records.add(new GroupRecord(Kind.TERM, 0, 0, 50, new byte[] {-1}));
        behind.start();

        first.inReach = false;
        behind.inReach = true;
        pool.pass(8_000);

        assertThat(pool.leader()).isSameAs(has);
        assertThat(behind.applied).isEqualTo(10);
    }
}
