package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoneForGoodTest {
    private static final Operation PUT = put(7, 10, 20);

    @Test
    void a_value_may_go_at_any_time() {
        assertThat(GoneForGood.check(List.of(PUT, get(7, 30, 40), get(Operation.ABSENT, 50, 60))))
                .isEmpty();
    }

    @Test
    void what_was_not_there_yet_may_come() {
        assertThat(GoneForGood.check(List.of(PUT, get(Operation.ABSENT, 12, 18), get(7, 30, 40))))
                .isEmpty();
    }

    @Test
    void what_was_missed_does_not_come_again() {
        assertThat(GoneForGood.check(List.of(PUT, get(Operation.ABSENT, 30, 40), get(7, 50, 60))))
                .contains("shows what was gone");
    }

    @Test
    void what_was_missed_may_be_seen_by_who_looked_at_the_same_time() {
        assertThat(GoneForGood.check(List.of(PUT, get(Operation.ABSENT, 30, 50), get(7, 40, 60))))
                .isEmpty();
    }

    @Test
    void what_was_replaced_does_not_come_again() {
        assertThat(GoneForGood.check(List.of(PUT, put(8, 30, 40), get(7, 50, 60))))
                .contains("shows what was gone");
    }

    @Test
    void a_write_without_an_answer_may_come_late_but_once() {
        Operation open = new Operation(Kind.PUT, 0, 7, 10);
        Operation miss = get(Operation.ABSENT, 30, 40);
        assertThat(GoneForGood.check(List.of(open, miss, get(7, 50, 60)))).isEmpty();
        assertThat(GoneForGood.check(
                        List.of(open, miss, get(7, 50, 60), get(Operation.ABSENT, 70, 80), get(7, 90, 95))))
                .contains("shows what was gone");
    }

    @Test
    void nobody_sees_what_nobody_wrote() {
        assertThat(GoneForGood.check(List.of(PUT, get(9, 30, 40)))).contains("was not written");
        assertThat(GoneForGood.check(List.of(new Operation(Kind.ADD, 0, 9, 10).answered(20, 0), get(9, 30, 40))))
                .contains("was not written");
    }

    private static Operation put(long value, long called, long answered) {
        return new Operation(Kind.PUT, 0, value, called).answered(answered, 0);
    }

    private static Operation get(long value, long called, long answered) {
        return new Operation(Kind.GET, 0, 0, called).answered(answered, value);
    }
}
