package io.distcache.server.shard;

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

    final List<Runnable> due = new ArrayList<>(2);
    final List<Mutation> mutations = new ArrayList<>(2);
    /** What the command left for members that are away; logged together with its mutations. */
    final List<Mutation> hints = new ArrayList<>(0);

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
        mutations.add(mutation);
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
