package io.distcache.server.shard;

import io.distcache.server.mutation.Mutation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one command came to on one shard: its moment, its mutations, and answers that become due under the lock and go out after
 * it. Confined to the thread that executes the command.
 */
final class Outcome {
    private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);
    private static final long CLOCK_NOT_READ = Long.MIN_VALUE;

    // Made when something comes into them: most commands have one mutation or none, and nothing else.
    private List<Runnable> due = List.of();
    private List<Mutation> mutations = List.of();
    private List<Mutation> hints = List.of();

    @Nullable
    Acknowledgements acks;

    private final InstantSource clock;
    private long nowMillis = CLOCK_NOT_READ;

    Outcome(InstantSource clock) {
        this.clock = clock;
    }

    /** The clock is read once: an entry cannot expire between a command's first look at it and its second. */
    long nowMillis() {
        if (nowMillis == CLOCK_NOT_READ) {
            nowMillis = clock.millis();
        }
        return nowMillis;
    }

    void record(Mutation mutation) {
        mutations = with(mutations, mutation);
    }

    /** What the command left for members that are away; logged together with its mutations. */
    void recordHint(Mutation hint) {
        hints = with(hints, hint);
    }

    List<Mutation> mutations() {
        return mutations;
    }

    List<Mutation> hints() {
        return hints;
    }

    /** The mutations have been handed to the log. */
    void recorded() {
        mutations = List.of();
    }

    /** Something that is to be done when the lock is released. */
    void afterwards(Runnable action) {
        due = with(due, action);
    }

    /** What the other has to do afterwards becomes this one's. */
    void takeOver(Outcome other) {
        other.due.forEach(this::afterwards);
    }

    private static <T> List<T> with(List<T> list, T item) {
        List<T> longer = list.isEmpty() ? new ArrayList<>(2) : list;
        longer.add(item);
        return longer;
    }

    /** Hands the answers out; not under the lock. */
    void run() {
        for (int i = 0; i < due.size(); i++) {
            try {
                due.get(i).run();
            } catch (RuntimeException e) {
                // The others must not go without an answer for it.
                LOG.error("an answer could not be handed out", e);
            }
        }
    }
}
