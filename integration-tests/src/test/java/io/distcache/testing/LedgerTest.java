package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.IndeterminateException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.UnreachableException;
import io.distcache.testing.Attempt.Outcome;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;

/** The ledgers find out every kind of wrong that a node could come back with, and only those. */
class LedgerTest {
    private final EntryLedger entries = new EntryLedger("entries");
    private final CounterLedger counters = new CounterLedger("counters");

    private static boolean acknowledged() {
        return true;
    }

    private static BooleanSupplier fails(RuntimeException cause) {
        return () -> {
            throw new CacheException(cause.getMessage(), cause);
        };
    }

    private static BooleanSupplier lost() {
        return fails(new IndeterminateException("lost in flight"));
    }

    private static BooleanSupplier unreachable() {
        return fails(new UnreachableException("not sent"));
    }

    private static BooleanSupplier readOnly() {
        return fails(new RequestRefusedException(Reason.READ_ONLY, "read-only"));
    }

    private Outcome put(String key, String value, BooleanSupplier call) {
        return entries.attempt(Map.of(key, Optional.of(value)), call).outcome();
    }

    private Outcome remove(String key, BooleanSupplier call) {
        return entries.attempt(Map.of(key, Optional.empty()), call).outcome();
    }

    @Test
    void what_was_acknowledged_and_nothing_else_is_no_violation() {
        put("a", "1", LedgerTest::acknowledged);
        put("a", "2", LedgerTest::acknowledged);
        put("b", "1", LedgerTest::acknowledged);
        remove("b", LedgerTest::acknowledged);

        assertThat(entries.compare(Map.of("a", "2"))).isEmpty();
        assertThat(entries.acknowledged()).isEqualTo(4);
    }

    @Test
    void a_lost_write_is_found_out() {
        put("a", "1", LedgerTest::acknowledged);

        assertThat(entries.compare(Map.of())).containsExactly(new Violation("entries", "a", "'1'", "nothing"));
    }

    @Test
    void a_removed_entry_that_came_back_is_found_out() {
        put("a", "1", LedgerTest::acknowledged);
        remove("a", LedgerTest::acknowledged);

        assertThat(entries.compare(Map.of("a", "1"))).containsExactly(new Violation("entries", "a", "nothing", "'1'"));
    }

    @Test
    void an_overwritten_value_that_came_back_is_found_out() {
        put("a", "1", LedgerTest::acknowledged);
        put("a", "2", LedgerTest::acknowledged);

        assertThat(entries.compare(Map.of("a", "1"))).containsExactly(new Violation("entries", "a", "'2'", "'1'"));
    }

    @Test
    void an_entry_that_nobody_wrote_is_found_out() {
        assertThat(entries.compare(Map.of("a", "1"))).containsExactly(new Violation("entries", "a", "nothing", "'1'"));
    }

    @Test
    void a_change_that_was_certainly_not_made_must_not_be_found() {
        put("a", "1", LedgerTest::acknowledged);
        assertThat(put("a", "2", unreachable())).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(put("a", "3", readOnly())).isEqualTo(Outcome.NOT_APPLIED);

        assertThat(entries.compare(Map.of("a", "1"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "2"))).hasSize(1);
        assertThat(entries.compare(Map.of("a", "3"))).hasSize(1);
    }

    @Test
    void a_change_in_doubt_may_be_either_way_until_it_is_read_back_and_then_stays() {
        put("a", "1", LedgerTest::acknowledged);
        put("a", "2", LedgerTest::acknowledged);
        assertThat(put("a", "3", lost())).isEqualTo(Outcome.UNKNOWN);
        assertThat(entries.inDoubt("a")).isTrue();

        assertThat(entries.compare(Map.of("a", "2"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "3"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "1")))
                .containsExactly(new Violation("entries", "a", "'2' or '3'", "'1'"));
        assertThat(entries.compare(Map.of())).hasSize(1);

        assertThat(entries.adopt(Map.of("a", "3"))).isEqualTo(1);
        assertThat(entries.compare(Map.of("a", "3"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "2"))).hasSize(1);
    }

    @Test
    void each_key_of_a_batch_in_doubt_may_be_either_way_by_itself() {
        put("a", "1", LedgerTest::acknowledged);
        entries.attempt(Map.of("a", Optional.of("2"), "b", Optional.of("2")), lost());

        assertThat(entries.compare(Map.of("a", "1", "b", "2"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "2"))).isEmpty();
        assertThat(entries.compare(Map.of("a", "1", "b", "1"))).hasSize(1);
    }

    @Test
    void an_answer_that_contradicts_what_was_acknowledged_is_an_error_at_once() {
        put("a", "1", LedgerTest::acknowledged);

        assertThatThrownBy(() -> remove("a", () -> false))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a was '1'");
    }

    @Test
    void a_failure_that_no_lost_or_read_only_node_explains_is_an_error_at_once() {
        assertThatThrownBy(() -> put("a", "1", fails(new OverloadedException("full"))))
                .isInstanceOf(CacheException.class);
    }

    @Test
    void a_counter_that_is_off_is_found_out_either_way() {
        counters.attempt("c", LedgerTest::acknowledged);
        counters.attempt("c", LedgerTest::acknowledged);
        counters.attempt("c", () -> false);
        counters.attempt("c", unreachable());

        assertThat(counters.compare(Map.of("c", 2L))).isEmpty();
        assertThat(counters.compare(Map.of("c", 1L))).containsExactly(new Violation("counters", "c", "2", "1"));
        assertThat(counters.compare(Map.of("c", 3L))).containsExactly(new Violation("counters", "c", "2", "3"));
        assertThat(counters.compare(Map.of())).containsExactly(new Violation("counters", "c", "2", "0"));
        assertThat(counters.compare(Map.of("c", 2L, "d", 1L))).hasSize(1);
    }

    @Test
    void increments_in_doubt_widen_what_a_counter_may_be_until_it_is_read_back() {
        counters.attempt("c", LedgerTest::acknowledged);
        counters.attempt("c", lost());
        counters.attempt("c", lost());

        assertThat(counters.compare(Map.of("c", 0L))).hasSize(1);
        assertThat(counters.compare(Map.of("c", 1L))).isEmpty();
        assertThat(counters.compare(Map.of("c", 3L))).isEmpty();
        assertThat(counters.compare(Map.of("c", 4L))).containsExactly(new Violation("counters", "c", "1 to 3", "4"));

        assertThat(counters.adopt(Map.of("c", 2L))).isEqualTo(2);
        assertThat(counters.compare(Map.of("c", 2L))).isEmpty();
        assertThat(counters.compare(Map.of("c", 1L))).hasSize(1);
        assertThat(counters.compare(Map.of("c", 3L))).hasSize(1);
    }
}
