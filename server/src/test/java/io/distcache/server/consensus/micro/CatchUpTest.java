package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.GroupView;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a member that starts may show of what it has. */
class CatchUpTest {
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

    @Test
    void with_a_leader_all_members_catch_up() {
        pool.propose(leader, 10);

        assertThat(leader.consensus.hasCaughtUp(0)).isTrue();
        assertThat(follower.consensus.hasCaughtUp(0)).isTrue();
        assertThat(other.consensus.hasCaughtUp(0)).isTrue();
    }

    /** Its log has all entries, and nobody tells it which are committed: it has applied none. */
    @Test
    void one_that_starts_alone_has_not_caught_up_until_a_leader_brings_it_there() throws IOException {
        pool.propose(leader, 10);
        leader.inReach = false;
        other.inReach = false;
        follower.kill();
        follower.start();
        pool.pass(20_000);
        assertThat(follower.applied).isZero();
        assertThat(follower.consensus.hasCaughtUp(0)).isFalse();

        other.inReach = true;
        pool.pass(20_000);
        assertThat(follower.applied).isEqualTo(10);
        assertThat(follower.consensus.hasCaughtUp(0)).isTrue();
    }

    @Test
    void one_that_has_caught_up_stays_so_when_the_others_are_lost() {
        pool.propose(leader, 10);
        leader.inReach = false;
        other.inReach = false;
        pool.pass(5_000);

        for (TestPool.Member member : new TestPool.Member[] {leader, follower, other}) {
            assertThat(member.consensus.view(0).leader()).isEqualTo(GroupView.NOBODY);
            assertThat(member.consensus.hasCaughtUp(0)).isTrue();
        }
    }
}
