package io.distcache.server.frontdoor.stream;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What a thread has for others during one turn of what it does, handed over at the turn's end: they are woken once, and find all of it. A
 * thread that is in no turn hands over at once. Thread-safe: each thread has its own.
 */
public final class TurnEnd {
    /** Only of threads that take turns, which are the node's: nothing of ours stays with an application's. */
    private static final ThreadLocal<@Nullable TurnEnd> OF_THREAD = new ThreadLocal<>();

    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private boolean isInTurn;

    private TurnEnd() {}

    /** Runs one turn of this thread, and hands over what has come due in it. A turn within a turn is a part of it. */
    public static void after(Runnable turn) {
        TurnEnd here = OF_THREAD.get();
        if (here == null) {
            here = new TurnEnd();
            OF_THREAD.set(here);
        }
        if (here.isInTurn) {
            turn.run();
            return;
        }
        here.isInTurn = true;
        try {
            turn.run();
        } finally {
            here.isInTurn = false;
            here.handOver();
        }
    }

    /** Wakes another thread when this one's turn ends, or now if it is in none. */
    public static void wake(Runnable other) {
        TurnEnd here = OF_THREAD.get();
        if (here != null && here.isInTurn) {
            here.due.add(other);
        } else {
            other.run();
        }
    }

    /** Hands over what has come due so far: the rest of the turn may take long. */
    public static void now() {
        TurnEnd here = OF_THREAD.get();
        if (here != null) {
            here.handOver();
        }
    }

    private void handOver() {
        for (Runnable other = due.poll(); other != null; other = due.poll()) {
            try {
                other.run();
            } catch (RejectedExecutionException e) {
                // That thread has ended, and its connections with it.
            }
        }
    }
}
