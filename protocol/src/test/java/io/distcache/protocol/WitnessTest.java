package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Witness.Departed;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who owes what to whom, for all that was seen. */
class WitnessTest {
    private static final List<String> ABC = List.of("a", "b", "c");

    private final Witness witness = new Witness();

    private boolean isExcused(String absent, String member) {
        return Witness.isExcused(absent, member, List.of(witness.departed(ABC)));
    }

    @Test
    void who_leaves_owes_nothing_to_those_that_are_in_use() {
        witness.settled(ABC, ABC);
        witness.lost(List.of("a"));
        witness.lost(List.of("b"));
        assertThat(isExcused("a", "b")).isTrue();
        assertThat(isExcused("b", "a")).isFalse();
        assertThat(isExcused("b", "c")).isTrue();
    }

    @Test
    void those_that_leave_at_once_doubt_each_other() {
        witness.settled(ABC, ABC);
        witness.lost(List.of("a", "b"));
        assertThat(isExcused("a", "b")).isFalse();
        assertThat(isExcused("b", "a")).isFalse();
    }

    @Test
    void who_has_seen_nothing_has_no_opinion_and_excuses_nobody() {
        witness.lost(List.of("a"));
        assertThat(witness.departed(ABC)).allMatch(departed -> !departed.known());
        assertThat(isExcused("a", "b")).isFalse();
        witness.settled(ABC, ABC);
        witness.lost(List.of("a"));
        witness.forget();
        assertThat(isExcused("a", "b")).isFalse();
    }

    @Test
    void one_that_doubts_counts_more_than_all_that_are_sure() {
        witness.settled(ABC, ABC);
        witness.lost(List.of("a"));
        assertThat(Witness.isExcused(
                        "a", "b", List.of(witness.departed(ABC), List.of(new Departed("a", true, List.of("c"))))))
                .isFalse();
        witness.heard(List.of(new Departed("a", true, List.of("c"))));
        assertThat(isExcused("a", "b")).isFalse();
        assertThat(isExcused("a", "c")).isTrue();
    }

    @Test
    void who_is_used_again_owes_nothing_until_it_leaves_again_and_those_that_are_away_owe_it_nothing() {
        witness.settled(ABC, ABC);
        witness.lost(List.of("a"));
        witness.lost(List.of("b"));
        witness.settled(List.of("a", "c"), ABC);
        assertThat(isExcused("b", "a")).isTrue();
        assertThat(witness.isInUse("a")).isTrue();
        witness.lost(List.of("a"));
        assertThat(isExcused("a", "b")).isFalse();
    }

    @Test
    void a_member_in_doubt_waits_and_then_drops_what_it_has_and_a_fresh_one_does_not() {
        Returns returns = new Returns();
        Set<String> away = Set.of("b");
        Map<String, Reply.Standing> said = Map.of(
                "a", new Reply.Standing(false, List.of(), false, 1000, List.of(Departed.unknown("b"))),
                "c", new Reply.Standing(true, List.of("a", "b"), false, 1000, List.of(Departed.unknown("b"))));
        Set<String> blockers = returns.blockers("a", away, said);
        assertThat(blockers).containsExactly("b", "c");
        assertThat(returns.verdict("a", 1, blockers, away, false, said, 0)).isEqualTo(Returns.Verdict.WAIT);
        assertThat(returns.verdict("a", 1, blockers, away, false, said, 999_999_999))
                .isEqualTo(Returns.Verdict.WAIT);
        assertThat(returns.verdict("a", 1, blockers, away, true, said, 1_500_000_000))
                .as("one that loads its data is waited for")
                .isEqualTo(Returns.Verdict.WAIT);
        assertThat(returns.verdict("a", 1, blockers, away, false, said, 2_500_000_000L))
                .isEqualTo(Returns.Verdict.DROP);
        assertThat(returns.verdict("a", 2, Set.of("c"), away, false, said, 3_000_000_000L))
                .as("nobody who has forgotten can remember later")
                .isEqualTo(Returns.Verdict.DROP);
        assertThat(returns.blockers("c", away, said)).isEmpty();
    }
}
