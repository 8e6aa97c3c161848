package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.WglChecker;
import java.util.List;
import java.util.stream.IntStream;

/** Tells people what is wrong with a history. Stateless. */
final class Explanation {
    private static final int MOST_BEFORE = 8;

    private Explanation() {}

    /** The earliest answer after which no order is left, and what was before it. */
    static String of(List<Operation> history) {
        List<Operation> byAnswer = history.stream()
                .filter(op -> !op.isOpen())
                .sorted((a, b) -> Long.compare(a.answered, b.answered))
                .toList();
        int low = 0;
        int high = byAnswer.size() - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (WglChecker.check(upTo(history, byAnswer.get(middle).answered)) == WglChecker.Verdict.LINEARIZABLE) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        StringBuilder text = new StringBuilder();
        IntStream.rangeClosed(Math.max(0, low - MOST_BEFORE), low)
                .forEach(i -> text.append("\n    ").append(byAnswer.get(i)));
        return text.toString();
    }

    private static List<Operation> upTo(List<Operation> history, long time) {
        return history.stream()
                .filter(op -> op.called <= time)
                .map(op -> op.answered <= time ? op : new Operation(op.kind, op.expected, op.argument, op.called))
                .toList();
    }
}
