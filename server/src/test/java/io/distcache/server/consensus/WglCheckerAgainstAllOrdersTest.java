package io.distcache.server.consensus;

import static io.distcache.fixtures.Operation.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.fixtures.WglChecker;
import io.distcache.fixtures.WglChecker.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The checker says of small random histories what trying every order says, which remembers and leaves out nothing. They
 * are in order as they are made, with few values and much overlap; most are then changed at one or two places: an
 * answer, a moment, or an answer that is lost.
 */
class WglCheckerAgainstAllOrdersTest {
    private static final int HISTORIES = 10_000;
    private static final int MOST_OPERATIONS = 7;

    @Test
    void the_checker_says_what_trying_all_orders_says() {
        int violated = 0;
        for (int seed = 0; seed < HISTORIES; seed++) {
            List<Operation> history = random(new Random(seed));
            boolean inOrder = someOrderFits(new ArrayList<>(history), ABSENT);
            assertThat(WglChecker.check(history))
                    .as("seed %d: %s", seed, history)
                    .isEqualTo(inOrder ? Verdict.LINEARIZABLE : Verdict.VIOLATED);
            violated += inOrder ? 0 : 1;
        }
        assertThat(violated).as("histories of both kinds").isBetween(HISTORIES / 5, HISTORIES * 4 / 5);
    }

    /** Whether the rest can follow: any may be next before which no other was answered; what is open may stay out. */
    private static boolean someOrderFits(List<Operation> rest, long value) {
        if (rest.stream().allMatch(Operation::isOpen)) {
            return true;
        }
        long firstAnswer = rest.stream().mapToLong(op -> op.answered).min().orElseThrow();
        for (int i = 0; i < rest.size(); i++) {
            Operation next = rest.get(i);
            if (next.called <= firstAnswer && (next.isOpen() || next.told(value) == next.result)) {
                rest.remove(i);
                boolean fits = someOrderFits(rest, next.after(value));
                rest.add(i, next);
                if (fits) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<Operation> random(Random random) {
        int count = 2 + random.nextInt(MOST_OPERATIONS - 1);
        int overlap = 1 + random.nextInt(60);
        int values = 1 + random.nextInt(3);
        List<Operation> history = new ArrayList<>();
        long value = ABSENT;
        for (int moment = 100; moment < 100 + count * 10; moment += 10) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            long expected = random.nextInt(3) == 0 ? value : 1 + random.nextInt(values);
            Operation op = new Operation(kind, expected, 1 + random.nextInt(values), moment - random.nextInt(overlap));
            if (random.nextInt(8) > 0) {
                op.answered(moment + random.nextInt(overlap), op.told(value));
                value = op.after(value);
            } else if (random.nextBoolean()) {
                value = op.after(value);
            }
            history.add(op);
        }
        for (int changes = random.nextInt(3); changes > 0; changes--) {
            change(history.get(random.nextInt(count)), history.get(random.nextInt(count)), random);
        }
        Collections.shuffle(history, random);
        return history;
    }

    /** Changes one that was answered; another says to what, so that moments are the same and answers are possible. */
    private static void change(Operation op, Operation other, Random random) {
        if (op.isOpen()) {
            return;
        }
        switch (random.nextInt(5)) {
            case 0 -> op.result = op.kind == Kind.GET || op.kind == Kind.INCREMENT ? other.argument : 1 - op.result;
            case 1 -> op.result = op.kind == Kind.GET ? ABSENT : op.result + 1;
            case 2 -> op.answered = op.called;
            case 3 -> op.answered = Math.max(op.called, random.nextBoolean() ? other.called : other.answered);
            default -> op.answered = Operation.NEVER;
        }
    }
}
