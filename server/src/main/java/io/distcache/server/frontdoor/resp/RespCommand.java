package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Effect;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One command, as COMMAND INFO tells it; what does it is found by its index ({@link RespActions}). Immutable.
 *
 * @param index differs from those of all other commands; from 0 on
 * @param name in lower case; of a subcommand {@code container|sub}
 * @param arity how many words; at least so many if negative
 * @param firstKey where keys are: from here, 0 if nowhere
 * @param lastKey to here, counted from the end if negative
 * @param step every so many words
 * @param effect what it does to a node; of a container of subcommands it is theirs that counts
 */
record RespCommand(
        int index,
        String name,
        int arity,
        Set<String> flags,
        int firstKey,
        int lastKey,
        int step,
        Effect effect,
        Map<String, RespCommand> subcommands,
        boolean isAllowedUnauthenticated,
        boolean isRefusedInMulti,
        boolean isControl) {
    private static final int WORK_WITHOUT_KEYS = 1000;

    static RespCommand of(
            int index,
            String name,
            int arity,
            Set<String> flags,
            int firstKey,
            int lastKey,
            int step,
            Effect effect,
            Map<String, RespCommand> subcommands) {
        return new RespCommand(
                index,
                name,
                arity,
                flags,
                firstKey,
                lastKey,
                step,
                effect,
                subcommands,
                flags.contains("no_auth"),
                flags.contains("no_multi"),
                Set.of("exec", "discard", "multi", "watch", "quit", "reset").contains(name));
    }

    /** Whether it may change entries. */
    boolean isWrite() {
        return effect == Effect.WRITE;
    }

    /** The subcommand that argument {@code index} of a request names; null if there is none. */
    @Nullable
    RespCommand subcommand(Request request, int index) {
        for (Map.Entry<String, RespCommand> sub : subcommands.entrySet()) {
            if (request.is(index, sub.getKey())) {
                return sub.getValue();
            }
        }
        return null;
    }

    boolean takes(int words) {
        return arity >= 0 ? words == arity : words >= -arity;
    }

    /** Whether it takes any number of keys; other commands have few words. */
    boolean takesManyKeys() {
        return firstKey > 0 && lastKey < 0;
    }

    /** What it counts for in a step, besides what it copies: its keys; many if it is not known to be fast and has none. */
    long work(int words) {
        if (firstKey == 0) {
            return flags.contains("fast") ? 1 : WORK_WITHOUT_KEYS;
        }
        return Math.max(1, (keysEnd(words) - firstKey + step - 1) / step);
    }

    /** The word after the last key, for a request of so many words; 0 if there are no keys. */
    int keysEnd(int words) {
        if (firstKey == 0) {
            return 0;
        }
        return Math.min(words, (lastKey < 0 ? words + lastKey : lastKey) + 1);
    }
}
