package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Loop;
import io.microraft.executor.RaftNodeExecutor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all groups of a node in turns, so that many entries share one flush:
 *
 * <pre>
 *  tasks of all groups  ->  entries to followers  ->  one flush  ->  answers and votes  ->  what waited for the flush  ->  completions
 * </pre>
 *
 * A follower's answer says that it has an entry, and a vote that it votes for nobody else, so neither leaves before the flush (Raft, section 5:
 * "updated on stable storage before responding to RPCs"). After a failed flush nothing leaves any more.
 *
 * <p>Thread-safe: whatever comes from other threads is handed to the loop.
 */
final class EngineLoop implements RaftNodeExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
    /** So that a flood of tasks does not keep the answers in. */
    private static final int MOST_TASKS = 4096;

    private final Loop loop;
    private final EngineTime time;
    private final Journal journal;
    private final Outbox outbox;
    private final Consumer<IOException> onFailure;

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final ArrayDeque<Runnable> afterFlush = new ArrayDeque<>();
    private final ArrayDeque<Runnable> completions = new ArrayDeque<>();
    private boolean awake;
    private boolean atOnce;
    private boolean closed;

    EngineLoop(Loop loop, EngineTime time, Journal journal, Outbox outbox, Consumer<IOException> onFailure) {
        this.loop = loop;
        this.time = time;
        this.journal = journal;
        this.outbox = outbox;
        this.onFailure = onFailure;
    }

    @Override
    public void execute(Runnable task) {
        if (!loop.isHere()) {
            loop.execute(() -> execute(task));
        } else if (atOnce) {
            atOnce = false;
            task.run();
        } else {
            tasks.add(task);
            wake();
        }
    }

    /** The engine's flushes, the only tasks that come here: they take as kept what was appended before them. */
    @Override
    public void submit(Runnable flush) {
        afterFlush.add(flush);
        wake();
    }

    @Override
    public void schedule(Runnable task, long delay, TimeUnit unit) {
        loop.schedule(() -> execute(task), time.realNanos(delay, unit));
    }

    /** The time by the engine's clock. */
    long millis() {
        return time.millis();
    }

    /** Calls the engine, on the loop, and runs within this call what it would run next: nothing comes between what is known and done. */
    void call(Runnable engine) {
        atOnce = true;
        try {
            engine.run();
        } finally {
            atOnce = false;
        }
    }

    /** Runs something for a caller at the end of this turn, when what it tells is so. */
    void complete(Runnable completion) {
        completions.add(completion);
        wake();
    }

    private void wake() {
        if (!awake) {
            awake = true;
            loop.execute(this::turn);
        }
    }

    private void turn() {
        awake = false;
        if (closed) {
            runAll(completions);
            return;
        }
        for (int i = 0; i < MOST_TASKS && !tasks.isEmpty(); i++) {
            run(tasks.remove());
        }
        if (journal.isToSync()) {
            outbox.sendWhatPromisesNothing();
        }
        // Answers that are due do not wait for the disk, which may stand still also where nothing is synced.
        loop.handOver();
        journal.flush();
        IOException failure = journal.failure();
        if (failure != null) {
            close();
            onFailure.accept(failure);
            runAll(completions);
            return;
        }
        outbox.sendAll();
        for (int i = afterFlush.size(); i > 0; i--) {
            run(afterFlush.remove());
        }
        outbox.sendWhatPromisesNothing();
        runAll(completions);
        if (!tasks.isEmpty() || !afterFlush.isEmpty() || journal.isDirty() || !outbox.isEmpty()) {
            wake();
        }
    }

    /** Nothing of the engine runs any more, and nothing leaves but completions. On the loop. */
    void close() {
        closed = true;
        tasks.clear();
        afterFlush.clear();
        outbox.clear();
    }

    private static void runAll(ArrayDeque<Runnable> some) {
        while (!some.isEmpty()) {
            run(some.remove());
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "A task of the consensus loop failed; the loop goes on. This is a fault of the node: please report it.",
                    e);
        }
    }
}
