package io.distcache.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.consensus.GroupView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaderlessTest {
    private final int[] leaders = {GroupView.NOBODY, GroupView.NOBODY};
    private final boolean[] caughtUp = {true, true};
    private long millis = 5000;
    private final Leaderless leaderless = new Leaderless(
            group -> new GroupView(1, leaders[group], List.of(0, 1, 2)),
            group -> caughtUp[group],
            leaders.length,
            () -> TimeUnit.MILLISECONDS.toNanos(millis),
            Duration.ofSeconds(1),
            member -> "n" + member);

    private void lead(int group, int node) {
        leaders[group] = node;
        leaderless.viewChanged();
    }

    private static void refused(Reply.Failure refusal, Status status, String why) {
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(status);
        assertThat(refusal.message()).contains(why);
    }

    @Test
    void a_member_that_starts_waits_for_an_election() {
        refused(leaderless.refusal(1), Status.NOT_LEADER, "an election may be under way");
        millis += 999;
        refused(leaderless.refusal(1), Status.NOT_LEADER, "ask again in 1000 ms");
        millis += 1;
        assertThat(leaderless.refusal(1)).isNull();
    }

    @Test
    void while_somebody_leads_it_says_who() {
        millis += 5000;
        lead(1, 2);

        refused(leaderless.refusal(1), Status.NOT_LEADER, "node n2 leads");
        assertThat(leaderless.refusal(0)).isNull();
    }

    @Test
    void the_time_without_a_leader_counts_from_the_last_one_on() {
        lead(1, 2);
        millis += 5000;
        lead(1, GroupView.NOBODY);

        refused(leaderless.refusal(1), Status.NOT_LEADER, "an election may be under way");
        millis += 500;
        // Another term without a leader does not begin anew.
        leaderless.viewChanged();
        millis += 500;
        assertThat(leaderless.refusal(1)).isNull();
    }

    @Test
    void a_member_that_has_not_caught_up_since_its_start_shows_nothing() {
        millis += 5000;
        caughtUp[1] = false;

        refused(leaderless.refusal(1), Status.UNAVAILABLE, "shows nothing");
        caughtUp[1] = true;
        assertThat(leaderless.refusal(1)).isNull();
    }
}
