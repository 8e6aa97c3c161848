package io.distcache.benchmarks.load;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.benchmarks.load.Workload.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CallersTest {
    private final Dataset counts = new Dataset(ValueKind.COUNT, 1, Long.BYTES);
    private final Dataset bytes = new Dataset(ValueKind.BYTES, 1000, 10);

    @Test
    void no_update_is_lost_by_a_target_that_adds_atomically() {
        Callers callers = new Callers(new MapTarget(), counts);

        Measurement slice = callers.run(new Workload(Operation.INVOKE, counts, 4, 0, 1), 50);

        assertThat(slice.operations()).isPositive();
        assertThat(slice.lost()).isZero();
    }

    @Test
    void updates_that_a_target_acknowledged_and_forgot_are_counted() {
        Callers callers = new Callers(new ForgetfulTarget(), counts);

        Measurement slice = callers.run(new Workload(Operation.INVOKE, counts, 4, 0, 1), 50);

        assertThat(slice.lost()).isEqualTo(slice.operations() / 10);
    }

    @Test
    void entries_that_a_target_dropped_are_misses() {
        MapTarget target = new MapTarget();
        Callers callers = new Callers(target, bytes);
        callers.load(100);
        assertThat(callers.missing(1000)).isZero();
        target.map.keySet().removeIf(key -> key.endsWith("7"));

        Measurement slice = callers.run(new Workload(Operation.BATCH, bytes, 2, 100, 20), 50);

        assertThat(callers.missing(1000)).isEqualTo(100);
        assertThat(slice.misses()).isPositive();
        assertThat(slice.errors()).isZero();
    }

    @Test
    void a_value_of_the_wrong_length_is_an_error() {
        MapTarget target = new MapTarget();
        Callers callers = new Callers(target, bytes);
        callers.load(100);
        target.map.replaceAll((key, value) -> new byte[9]);

        Measurement slice = callers.run(new Workload(Operation.MIX, bytes, 1, 100, 1), 20);

        assertThat(slice.errors()).isEqualTo(slice.operations());
    }

    @Test
    void at_a_fixed_rate_calls_that_were_due_during_a_stall_count_as_slow() {
        Workload closed = new Workload(Operation.MIX, bytes, 1, 0, 1);
        Workload paced = new Workload(Operation.MIX, bytes, 1, 0, 1, 1000);

        Measurement hidden = new Callers(new StallingTarget(), bytes).run(closed, 500);
        Measurement shown = new Callers(new StallingTarget(), bytes).run(paced, 500);

        assertThat(hidden.p50()).isLessThan(MILLISECONDS.toNanos(100));
        assertThat(shown.operations()).isLessThanOrEqualTo(501);
        assertThat(shown.p99()).isGreaterThan(MILLISECONDS.toNanos(150));
    }

    @Test
    void entries_put_one_by_one_are_all_there_and_the_last_is_right() {
        MapTarget target = new MapTarget();
        Callers callers = new Callers(target, bytes);
        callers.load(1);

        callers.last();
        assertThat(callers.missing(1000)).isZero();
    }

    @Test
    void a_target_without_the_last_entry_has_not_come_back() {
        Callers callers = new Callers(new MapTarget(), bytes);
        callers.load(100);

        assertThatThrownBy(() -> callers.on(new MapTarget()).last()).hasMessageContaining("is not there");
    }

    private static class MapTarget implements Target {
        final Map<String, Object> map = new ConcurrentHashMap<>();

        @Override
        public Object get(String key) {
            return map.get(key);
        }

        @Override
        public void put(String key, Object value) {
            map.put(key, value);
        }

        @Override
        public Map<String, Object> getAll(Set<String> keys) {
            Map<String, Object> found = new HashMap<>(map);
            found.keySet().retainAll(keys);
            return found;
        }

        @Override
        public void putAll(Map<String, Object> entries) {
            map.putAll(entries);
        }

        @Override
        public void increment(String key) {
            map.merge(key, 1L, (was, one) -> (Long) was + 1);
        }
    }

    /** Forgets every tenth update. */
    private static final class ForgetfulTarget extends MapTarget {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public void increment(String key) {
            if (calls.incrementAndGet() % 10 != 0) {
                super.increment(key);
            }
        }
    }

    /** Does nothing for 200 ms at its first put. */
    private static final class StallingTarget extends MapTarget {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public void put(String key, Object value) {
            long until = System.nanoTime() + MILLISECONDS.toNanos(200);
            while (calls.get() == 0 && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            calls.incrementAndGet();
            super.put(key, value);
        }
    }
}
