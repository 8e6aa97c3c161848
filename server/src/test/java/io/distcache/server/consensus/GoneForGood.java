package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges a history of one key whose value may go by itself at any time. Each value is written at most once; so what somebody found not to be
 * there, or replaced, when it had been there already, nobody sees again. Stateless.
 */
final class GoneForGood {
    private GoneForGood() {}

    /** Why a history cannot be; empty if nothing is wrong. */
    static String check(List<Operation> history) {
        Map<Long, Operation> writes = new HashMap<>();
        for (Operation operation : history) {
            if (writes(operation)) {
                writes.put(operation.argument, operation);
            }
        }
        Map<Long, Long> there = new HashMap<>();
        for (Operation operation : history) {
            if (writes(operation) && !operation.isOpen() && isMade(operation)) {
                there.merge(operation.argument, operation.answered, Math::min);
            }
            if (seen(operation) != Operation.ABSENT) {
                there.merge(seen(operation), operation.answered, Math::min);
            }
        }
        for (Operation look : history) {
            long value = seen(look);
            Operation write = writes.get(value);
            if (value == Operation.ABSENT) {
                continue;
            }
            if (write == null || (!write.isOpen() && !isMade(write)) || write.called > look.answered) {
                return look + " shows what was not written: " + write;
            }
            for (Operation before : history) {
                if (before != write
                        && !before.isOpen()
                        && before.called >= there.get(value)
                        && before.answered <= look.called
                        && isGone(value, before)) {
                    return look + " shows what was gone with " + before + ", written by " + write;
                }
            }
        }
        return "";
    }

    private static boolean writes(Operation operation) {
        return switch (operation.kind) {
            case PUT, CAS, ADD -> true;
            default -> false;
        };
    }

    private static boolean isMade(Operation write) {
        return write.kind == Operation.Kind.PUT || write.result == 1;
    }

    /** What an operation shows to have been there; absent if nothing. */
    private static long seen(Operation operation) {
        if (operation.isOpen()) {
            return Operation.ABSENT;
        }
        return switch (operation.kind) {
            case GET -> operation.result;
            case CAS -> operation.result == 1 ? operation.expected : Operation.ABSENT;
            default -> Operation.ABSENT;
        };
    }

    /** Whether it shows that a value is not there then, or not any more after it. */
    private static boolean isGone(long value, Operation operation) {
        return switch (operation.kind) {
            case GET -> operation.result != value;
            case PUT, REMOVE -> true;
            case ADD -> operation.result == 1;
            case CAS -> operation.result == 1 || operation.expected == value;
            case INCREMENT -> false;
        };
    }
}
