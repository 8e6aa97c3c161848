package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import io.distcache.server.mutation.Mutation;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one command came to on one shard: its moment, what it changed, and answers that become due under the lock and go out after
 * it. Confined to the thread that executes the command; when that has handed it to {@link Uncommitted}, guarded by the shard's lock.
 */
final class Outcome implements InstantSource {
    private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);
    private static final long CLOCK_NOT_READ = Long.MIN_VALUE;

    // Made when something comes into them: most commands have one change or none, and nothing else.
    private List<Runnable> due = List.of();
    private List<Applied> applied = List.of();
    private List<Mutation> unrevoked = List.of();

    /** Whose command it is; null if it is time's or the node's. */
    final @Nullable Origin origin;

    /** When what the command has looked at is committed, or taken back; null if it is committed. */
    @Nullable
    CompletionStage<Void> seen;

    /** Does the command anew, without the lock, when what it has looked at is taken back; null if that cannot be. */
    @Nullable
    Supplier<@Nullable Reply> again;

    /** What the command waits for when its events have left. */
    @Nullable
    Acknowledgements acks;

    /** What is done when its changes are committed, or with the failure. */
    @Nullable
    Consumer<@Nullable Throwable> then;

    private final InstantSource clock;
    private long nowMillis = CLOCK_NOT_READ;

    Outcome(InstantSource clock, @Nullable Origin origin) {
        this.clock = clock;
        this.origin = origin;
    }

    Outcome(InstantSource clock) {
        this(clock, null);
    }

    /** Nothing but something to be done when what it is put beside is committed, or with the failure. */
    static Outcome of(Consumer<@Nullable Throwable> then) {
        Outcome made = new Outcome(InstantSource.fixed(Instant.EPOCH));
        made.then = then;
        return made;
    }

    /** The clock is read once: an entry cannot expire between a command's first look at it and its second. */
    @Override
    public long millis() {
        if (nowMillis == CLOCK_NOT_READ) {
            nowMillis = clock.millis();
        }
        return nowMillis;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    /** Something was applied that is told to somebody, logged, or both. */
    void record(Applied change) {
        applied = with(applied, change);
    }

    /** Something was applied that is logged together with the rest, and stays whatever becomes of it. */
    void recordUnrevoked(Mutation mutation) {
        unrevoked = with(unrevoked, mutation);
    }

    /** What was applied, in order. */
    List<Applied> applied() {
        return applied;
    }

    /** What the log is to have. */
    List<Mutation> toLog() {
        if (applied.isEmpty()) {
            return unrevoked;
        }
        if (applied.size() == 1 && unrevoked.isEmpty()) {
            Applied only = applied.get(0);
            return only.cache.isLogged() ? List.of(only.mutation) : List.of();
        }
        List<Mutation> all = new ArrayList<>(applied.size() + unrevoked.size());
        for (Applied one : applied) {
            if (one.cache.isLogged()) {
                all.add(one.mutation);
            }
        }
        all.addAll(unrevoked);
        return all;
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
            } catch (RuntimeException | OutOfMemoryError e) {
                // The others must not go without an answer for it.
                LOG.error("an answer could not be handed out", e);
            }
        }
    }

    /** What it did is committed, or not; not under the lock. */
    void end(@Nullable Throwable failure) {
        Consumer<@Nullable Throwable> last = then;
        if (last != null) {
            try {
                last.accept(failure);
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("an answer could not be handed out", e);
            }
        }
    }
}
