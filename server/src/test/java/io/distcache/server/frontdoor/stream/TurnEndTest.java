package io.distcache.server.frontdoor.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class TurnEndTest {
    private final List<String> done = new ArrayList<>();

    private Runnable note(String what) {
        return () -> done.add(what);
    }

    @Test
    void who_is_in_no_turn_hands_over_at_once() {
        TurnEnd.wake(note("other"));
        done.add("own");
        assertThat(done).containsExactly("other", "own");
    }

    @Test
    void what_comes_due_in_a_turn_is_handed_over_at_its_end() {
        TurnEnd.after(() -> {
            TurnEnd.wake(note("other"));
            TurnEnd.after(() -> TurnEnd.wake(note("of a turn within it")));
            done.add("own");
        });
        TurnEnd.wake(note("later"));
        assertThat(done).containsExactly("own", "other", "of a turn within it", "later");
    }

    @Test
    void before_something_slow_it_is_handed_over_and_later_only_what_is_new() {
        TurnEnd.after(() -> {
            TurnEnd.wake(note("before"));
            TurnEnd.now();
            done.add("slow");
            TurnEnd.wake(note("after"));
            done.add("own");
        });
        assertThat(done).containsExactly("before", "slow", "own", "after");
    }

    @Test
    void a_turn_that_fails_hands_over_all_the_same_and_an_ended_thread_keeps_nothing_from_others() {
        assertThatThrownBy(() -> TurnEnd.after(() -> {
                    TurnEnd.wake(() -> {
                        throw new RejectedExecutionException("it has ended");
                    });
                    TurnEnd.wake(note("other"));
                    throw new IllegalStateException("the turn");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the turn");
        assertThat(done).containsExactly("other");
        TurnEnd.wake(note("now"));
        assertThat(done).containsExactly("other", "now");
    }
}
