package io.distcache.server.consensus;

import static io.distcache.fixtures.Operation.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.fixtures.WglChecker;
import io.distcache.fixtures.WglChecker.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checker finds what is wrong in histories made by hand, and nothing in those that are right. */
class WglCheckerTest {
    @Test
    void an_old_value_after_a_new_one_was_answered_is_a_violation() {
        assertViolated(put(1, 0, 10), put(2, 20, 30), get(1, 40, 50));
    }

    @Test
    void either_value_may_be_read_while_both_are_written() {
        assertLinearizable(put(1, 0, 100), put(2, 0, 100), get(1, 20, 30), get(2, 40, 50));
        assertViolated(put(1, 0, 100), put(2, 0, 100), get(1, 20, 30), get(2, 40, 50), get(1, 110, 120));
    }

    @Test
    void a_value_that_was_read_does_not_go_away_again() {
        assertViolated(put(1, 0, 10), put(2, 20, 100), get(2, 30, 40), get(1, 50, 60));
    }

    @Test
    void what_was_never_answered_may_have_been_at_any_time_or_never() {
        assertLinearizable(put(1, 0, 10), open(Kind.PUT, 0, 2, 5), get(1, 20, 30), get(2, 40, 50), get(2, 60, 70));
        assertLinearizable(put(1, 0, 10), open(Kind.PUT, 0, 2, 5), get(1, 20, 30));
        assertViolated(put(1, 0, 10), open(Kind.PUT, 0, 2, 5), get(2, 20, 30), get(1, 40, 50));
        assertViolated(put(1, 0, 10), get(2, 20, 30), open(Kind.PUT, 0, 2, 35));
    }

    @Test
    void of_two_that_swap_the_same_value_one_succeeds() {
        assertLinearizable(put(1, 0, 10), cas(1, 2, true, 20, 40), cas(1, 3, false, 20, 40));
        assertViolated(put(1, 0, 10), cas(1, 2, true, 20, 40), cas(1, 3, true, 20, 40));
        assertViolated(put(1, 0, 10), cas(1, 2, false, 20, 40));
    }

    @Test
    void adding_succeeds_where_there_is_nothing_only() {
        assertLinearizable(add(1, true, 0, 10), add(2, false, 20, 30), get(1, 40, 50));
        assertViolated(add(1, true, 0, 10), add(2, true, 20, 30));
        assertLinearizable(add(1, true, 0, 10), remove(true, 20, 30), add(2, true, 40, 50), get(2, 60, 70));
        assertViolated(remove(true, 0, 10));
    }

    /** Of each amount only how many did matters: 21 times 21 choices in place of 2^40. */
    @Test
    void of_many_that_do_the_same_and_were_never_answered_it_counts_how_many_took_effect() {
        List<Operation> history = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            history.add(open(Kind.INCREMENT, 0, 1 + i % 2, i));
        }
        history.add(get(60, 100, 110));
        history.add(get(61, 120, 130));
        assertThat(WglChecker.check(history)).isEqualTo(Verdict.VIOLATED);
        history.remove(history.size() - 1);
        assertThat(WglChecker.check(history)).isEqualTo(Verdict.LINEARIZABLE);
        history.add(get(59, 120, 130));
        assertThat(WglChecker.check(history)).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void an_open_removal_explains_why_nothing_is_there() {
        assertViolated(put(1, 0, 10), get(ABSENT, 20, 30));
        assertLinearizable(put(1, 0, 10), open(Kind.REMOVE, 0, 0, 12), get(ABSENT, 20, 30));
        assertLinearizable(open(Kind.PUT, 0, 9, 0), add(2, false, 20, 30));
    }

    @Test
    void every_increment_counts_once() {
        assertLinearizable(increment(1, 1, 0, 10), increment(1, 2, 5, 20), get(2, 30, 40));
        assertViolated(increment(1, 1, 0, 10), increment(1, 1, 5, 20));
        assertLinearizable(increment(1, 1, 0, 10), open(Kind.INCREMENT, 0, 1, 12), increment(1, 3, 20, 30));
        assertViolated(increment(1, 1, 0, 10), open(Kind.INCREMENT, 0, 1, 12), increment(1, 4, 20, 30));
    }

    @Test
    void random_histories_of_one_register_are_in_order_and_are_not_when_one_answer_is_changed_to_what_never_was() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Operation> history = random(random);
            assertThat(WglChecker.check(history)).as("seed " + seed).isEqualTo(Verdict.LINEARIZABLE);
            List<Operation> gets = history.stream()
                    .filter(op -> op.kind == Kind.GET && !op.isOpen())
                    .toList();
            if (!gets.isEmpty()) {
                gets.get(random.nextInt(gets.size())).result = 1_000_000;
                assertThat(WglChecker.check(history)).as("seed " + seed).isEqualTo(Verdict.VIOLATED);
            }
        }
    }

    /** Effects at rising moments, with calls before and answers after them that overlap. */
    private static List<Operation> random(Random random) {
        List<Operation> history = new ArrayList<>();
        long value = ABSENT;
        for (int moment = 100; moment < 100 + 40 * 10; moment += 10) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            long expected = random.nextBoolean() ? value : 7;
            Operation op = new Operation(kind, expected, moment, moment - random.nextInt(40));
            if (random.nextInt(10) > 0) {
                op.answered(moment + random.nextInt(40), op.told(value));
                value = op.after(value);
            } else if (random.nextBoolean()) {
                value = op.after(value);
            }
            history.add(op);
        }
        return history;
    }

    private static void assertLinearizable(Operation... history) {
        assertThat(WglChecker.check(List.of(history))).isEqualTo(Verdict.LINEARIZABLE);
    }

    private static void assertViolated(Operation... history) {
        assertThat(WglChecker.check(List.of(history))).isEqualTo(Verdict.VIOLATED);
    }

    private static Operation put(long value, long called, long answered) {
        return new Operation(Kind.PUT, 0, value, called).answered(answered, 0);
    }

    private static Operation get(long value, long called, long answered) {
        return new Operation(Kind.GET, 0, 0, called).answered(answered, value);
    }

    private static Operation cas(long expected, long value, boolean done, long called, long answered) {
        return new Operation(Kind.CAS, expected, value, called).answered(answered, done ? 1 : 0);
    }

    private static Operation add(long value, boolean done, long called, long answered) {
        return new Operation(Kind.ADD, 0, value, called).answered(answered, done ? 1 : 0);
    }

    private static Operation remove(boolean done, long called, long answered) {
        return new Operation(Kind.REMOVE, 0, 0, called).answered(answered, done ? 1 : 0);
    }

    private static Operation increment(long by, long to, long called, long answered) {
        return new Operation(Kind.INCREMENT, 0, by, called).answered(answered, to);
    }

    private static Operation open(Kind kind, long expected, long value, long called) {
        return new Operation(kind, expected, value, called);
    }
}
