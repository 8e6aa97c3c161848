package io.distcache.server.consensus;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a history of one key is linearizable: whether there is an order of its operations, each taking effect at one moment between its
 * call and its answer, in which all were told what they were told. The search of Wing and Gong ("Testing and Verifying Concurrent
 * Objects"), which goes back where nothing fits, with Lowe's memory of what was tried ("Testing for Linearizability"): what is done, and the
 * value then. Operations without an answer may take effect at any time after their call, or never. Confined to one thread.
 */
final class WglChecker {
    enum Verdict {
        LINEARIZABLE,
        VIOLATED,
        /** The search took too long. */
        UNDECIDED
    }

    private static final int MOST_STEPS = 12_000_000;

    private record Tried(BitSet done, long value) {}

    private final List<Operation> operations;
    private final int count;
    /** A list of calls and answers in the order of time; links are by place, calls at 1 to count, answers from count + 1 on. */
    private final int[] next;

    private final int[] previous;
    private final int last;
    private int answersLeft;

    private WglChecker(List<Operation> history) {
        operations = history.stream()
                .filter(op -> !(op.isOpen() && op.kind == Operation.Kind.GET))
                .sorted(Comparator.comparingLong(op -> op.called))
                .toList();
        count = operations.size();
        last = 2 * count + 1;
        next = new int[last + 1];
        previous = new int[last + 1];
        List<Integer> places = new ArrayList<>();
        for (int i = 1; i <= 2 * count; i++) {
            places.add(i);
        }
        // A call at the moment of an answer comes first: the two may have overlapped.
        places.sort(Comparator.comparingLong(this::time).thenComparingInt(place -> place > count ? 1 : 0));
        int before = 0;
        for (int place : places) {
            link(before, place);
            before = place;
        }
        link(before, last);
        answersLeft = (int) operations.stream().filter(op -> !op.isOpen()).count();
    }

    /** Judges a history that began with no value. */
    static Verdict check(List<Operation> history) {
        // Whatever is found to be in order without some of the open operations is so with them.
        Set<Long> seen = history.stream()
                .filter(op -> !op.isOpen())
                .flatMap(op -> List.of(op.result, op.expected).stream())
                .collect(Collectors.toSet());
        List<Operation> fewer = history.stream()
                .filter(op -> !op.isOpen() || op.kind != Operation.Kind.PUT || seen.contains(op.argument))
                .toList();
        Verdict verdict = new WglChecker(fewer).search();
        return verdict == Verdict.LINEARIZABLE || fewer.size() == history.size()
                ? verdict
                : new WglChecker(history).search();
    }

    private Verdict search() {
        BitSet done = new BitSet(count);
        Set<Tried> tried = new HashSet<>();
        List<long[]> stack = new ArrayList<>();
        long value = Operation.ABSENT;
        int at = next[0];
        for (int steps = 0; answersLeft > 0; steps++) {
            if (steps > MOST_STEPS) {
                return Verdict.UNDECIDED;
            }
            boolean isCall = at <= count;
            if (isCall && fits(at, value)) {
                long after = operations.get(at - 1).after(value);
                done.set(at);
                if (tried.add(new Tried((BitSet) done.clone(), after))) {
                    stack.add(new long[] {at, value});
                    value = after;
                    takeOut(at);
                    at = next[0];
                    continue;
                }
                done.clear(at);
            }
            if (isCall) {
                at = next[at];
            } else if (stack.isEmpty()) {
                return Verdict.VIOLATED;
            } else {
                // An answer is reached whose operation does not fit: the last choice was wrong.
                long[] choice = stack.remove(stack.size() - 1);
                at = (int) choice[0];
                value = choice[1];
                done.clear(at);
                putBack(at);
                at = next[at];
            }
        }
        return Verdict.LINEARIZABLE;
    }

    private boolean fits(int call, long value) {
        Operation operation = operations.get(call - 1);
        return operation.isOpen() || operation.told(value) == operation.result;
    }

    private long time(int place) {
        return place <= count ? operations.get(place - 1).called : operations.get(place - count - 1).answered;
    }

    private void link(int from, int to) {
        next[from] = to;
        previous[to] = from;
    }

    private void takeOut(int call) {
        link(previous[call], next[call]);
        link(previous[call + count], next[call + count]);
        answersLeft -= operations.get(call - 1).isOpen() ? 0 : 1;
    }

    private void putBack(int call) {
        answersLeft += operations.get(call - 1).isOpen() ? 0 : 1;
        next[previous[call + count]] = call + count;
        previous[next[call + count]] = call + count;
        next[previous[call]] = call;
        previous[next[call]] = call;
    }
}
