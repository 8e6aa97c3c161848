package io.distcache.client.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OnceNumbersTest {
    private static final int WINDOW = 2048;
    private static final Command.OnEntry CHANGE =
            new Command.Remove(1, Bytes.ofUtf8("\u0002k"), Condition.ALWAYS, false);

    private final OnceNumbers numbers = new OnceNumbers(5000);

    private Command.Once open() {
        Command.Once once = numbers.open(CHANGE);
        if (once == null) {
            throw new AssertionError("too many are open");
        }
        return once;
    }

    @Test
    void each_change_has_the_next_number_of_one_client_and_says_how_long_it_may_come_again() {
        Command.Once first = open();
        Command.Once second = open();
        assertThat(second.number()).isEqualTo(first.number() + 1);
        assertThat(second.client()).isEqualTo(first.client());
        assertThat(second.keepMillis()).isEqualTo(5000);
        assertThat(second.change()).isSameAs(CHANGE);
        Command.Once others = new OnceNumbers(5000).open(CHANGE);
        assertThat(others).isNotNull().extracting(Command.Once::client).isNotEqualTo(first.client());
    }

    @Test
    void the_lowest_open_number_moves_on_only_when_it_is_closed() {
        Command.Once first = open();
        Command.Once second = open();
        Command.Once third = open();
        numbers.close(second);
        numbers.close(third);
        assertThat(numbers.width()).isEqualTo(3);
        assertThat(open().firstOpen()).isEqualTo(first.number());
        numbers.close(first);
        assertThat(open().firstOpen()).isEqualTo(third.number() + 1);
        assertThat(numbers.width()).isEqualTo(2);
    }

    @Test
    void there_are_no_numbers_while_one_has_been_open_for_too_many_others() {
        Command.Once oldest = open();
        for (int i = 1; i < WINDOW; i++) {
            numbers.close(open());
        }
        assertThat(numbers.open(CHANGE)).isNull();
        assertThat(numbers.open(CHANGE)).isNull();
        numbers.close(oldest);
        assertThat(numbers.width()).isZero();
        Command.Once next = open();
        assertThat(next.number()).isEqualTo(oldest.number() + WINDOW);
        assertThat(next.firstOpen()).isEqualTo(next.number());
    }

    @Test
    void closed_in_any_order_the_lowest_open_one_is_always_told() {
        Random random = new Random(1);
        List<Command.Once> open = new ArrayList<>();
        TreeSet<Long> openNumbers = new TreeSet<>();
        for (int i = 0; i < 50_000; i++) {
            if (open.size() < 500 && random.nextBoolean() || open.isEmpty()) {
                Command.Once once = numbers.open(CHANGE);
                if (once != null) {
                    assertThat(once.firstOpen()).isEqualTo(openNumbers.isEmpty() ? once.number() : openNumbers.first());
                    open.add(once);
                    openNumbers.add(once.number());
                    continue;
                }
            }
            Command.Once closed = open.remove(random.nextInt(open.size()));
            openNumbers.remove(closed.number());
            numbers.close(closed);
        }
        Collections.shuffle(open, random);
        open.forEach(numbers::close);
        assertThat(numbers.width()).isZero();
    }

    @Test
    void threads_never_share_a_number_nor_tell_an_open_one_to_be_closed() throws InterruptedException {
        Set<Long> taken = new ConcurrentSkipListSet<>();
        AtomicReference<String> wrong = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int seed = i;
            Thread thread = new Thread(() -> work(new Random(seed), taken, wrong));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong.get()).isNull();
        assertThat(taken).hasSize(4 * 20_000);
        assertThat(numbers.width()).isZero();
    }

    private void work(Random random, Set<Long> taken, AtomicReference<String> wrong) {
        Deque<Command.Once> mine = new ArrayDeque<>();
        for (int i = 0; i < 20_000; i++) {
            Command.Once once = numbers.open(CHANGE);
            while (once == null) {
                // Perhaps it is one of these that has been open for so long, perhaps one of a thread that does not run.
                mine.forEach(numbers::close);
                mine.clear();
                Thread.onSpinWait();
                once = numbers.open(CHANGE);
            }
            if (!taken.add(once.number())) {
                wrong.set("number " + once.number() + " was given twice");
            }
            mine.addLast(once);
            if (once.firstOpen() > mine.getFirst().number()) {
                wrong.set("number " + mine.getFirst().number() + " is open and below " + once.firstOpen());
            }
            while (mine.size() > random.nextInt(20)) {
                numbers.close(random.nextBoolean() ? mine.removeFirst() : mine.removeLast());
            }
        }
        mine.forEach(numbers::close);
    }
}
