package io.distcache.jcache.internal.processor;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseLostException;
import io.distcache.client.LeaseTimeoutException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive work on entries, over all clients of the cache: lease, work, settle. Thread-safe.
 *
 * <p>Threads of this process that want the same entry share leases: one of them, the leader, leases the entry, runs its own work
 * and that of those who wait, one after another, and settles all changes together; the next leader asks for its lease meanwhile.
 * So work may run on another thread of this process than the one that asked for it.
 */
public final class LeasedEntries {
    private static final int MAX_SHARED = 64;

    private final int cache;
    private final Duration leaseLimit;
    private final Function<Command, Reply> calls;
    private final Map<Bytes, Line> lines = new HashMap<>();

    /**
     * For the cache open under this handle.
     *
     * @param calls sends a command and waits for its reply
     */
    public LeasedEntries(int cache, Duration leaseLimit, Function<Command, Reply> calls) {
        this.cache = cache;
        this.leaseLimit = leaseLimit;
        this.calls = calls;
    }

    /** Those of this process who want one entry. Guarded by {@link #lines}. */
    private static final class Line {
        final Deque<Turn> waiting = new ArrayDeque<>();

        @Nullable
        Thread working;
    }

    /** One thread's wish to work on an entry. Guarded by itself. */
    private static final class Turn {
        private enum State {
            WAITING,
            LEADS,
            DONE
        }

        private final Function<EntryView, ?> work;
        private State state = State.WAITING;
        private @Nullable Object result;
        private @Nullable Throwable failure;

        Turn(Function<EntryView, ?> work) {
            this.work = work;
        }

        void run(EntryView view) {
            int before = view.changes().size();
            try {
                result = work.apply(view);
            } catch (Throwable e) {
                failure = e;
                // Work changes the view last; this is for work that did not keep to it.
                view.changes().subList(before, view.changes().size()).clear();
            }
        }

        synchronized void become(State next) {
            state = next;
            notifyAll();
        }

        synchronized boolean leads() {
            return state == State.LEADS;
        }

        synchronized void fail(Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
        }

        /** Returns whether the state is another than WAITING by then. */
        synchronized boolean await(long nanos) {
            long deadline = System.nanoTime() + nanos;
            boolean interrupted = false;
            while (state == State.WAITING) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    wait(left / 1_000_000 + 1);
                } catch (InterruptedException e) {
                    // As for every call: the wait goes on, the flag is set again.
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return state != State.WAITING;
        }
    }

    /**
     * Runs work on an entry while nobody else can change it. The work must change the view last, after anything that can fail;
     * what it throws is thrown here, and its changes are not made.
     */
    @SuppressWarnings({"unchecked", "NullAway"}) // the turn's result is its work's, which may be null
    public <R> R run(Bytes key, Function<EntryView, R> work) {
        Turn turn = new Turn(work);
        Line line = join(key, turn);
        if (!turn.leads() && !turn.await(leaseLimit.toNanos() * 2)) {
            leave(line, turn);
        }
        if (turn.leads()) {
            lead(key, line, turn);
        }
        Throwable failure = turn.failure;
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        return (R) turn.result;
    }

    /**
     * Runs work on many entries at once, while nobody else can change them. Entries that others hold are not waited for, as two
     * such calls could wait for each other: the work runs again for each of them alone afterwards.
     */
    public void runAll(List<Bytes> keys, Consumer<List<EntryView>> work) {
        if (keys.isEmpty()) {
            return;
        }
        Reply.Many leases = (Reply.Many) calls.apply(new Command.LeaseMany(cache, keys, false, leaseLimit.toMillis()));
        List<EntryView> granted = new ArrayList<>();
        List<Bytes> busy = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            if (leases.replies().get(i) instanceof Reply.Leased leased) {
                granted.add(new EntryView(keys.get(i), leased.token(), leased.value()));
            } else {
                busy.add(keys.get(i));
            }
        }
        if (!granted.isEmpty()) {
            try {
                work.accept(granted);
            } catch (Throwable e) {
                granted.forEach(view -> view.changes().clear());
                try {
                    settle(granted);
                } catch (RuntimeException alsoFailed) {
                    e.addSuppressed(alsoFailed);
                }
                throw e;
            }
            settle(granted);
        }
        for (Bytes key : busy) {
            run(key, view -> {
                work.accept(List.of(view));
                return true;
            });
        }
    }

    private Line join(Bytes key, Turn turn) {
        synchronized (lines) {
            Line line = lines.get(key);
            if (line == null) {
                line = new Line();
                lines.put(key, line);
                turn.become(Turn.State.LEADS);
            } else if (line.working == Thread.currentThread()) {
                throw new IllegalStateException(
                        "work on an entry tried to change the same entry through the cache, which would wait for itself;"
                                + " change it through the MutableEntry instead");
            } else {
                line.waiting.add(turn);
            }
            return line;
        }
    }

    private void leave(Line line, Turn turn) {
        synchronized (lines) {
            if (line.waiting.remove(turn)) {
                throw translated(
                        new LeaseTimeoutException("the entry was in use by other threads of this process for over "
                                + leaseLimit.toMillis() * 2 + "ms; nothing was applied"));
            }
        }
        // Its work has been taken already: it runs, or has run and is being settled.
        if (!turn.await(leaseLimit.toNanos())) {
            throw translated(new IndeterminateException("work on the entry has not ended within the lease limit of "
                    + leaseLimit.toMillis() + "ms; its change may or may not be applied"));
        }
    }

    /** Callers know only the standard's exceptions; the cause says what they can do. */
    private static CacheException translated(DistCacheException cause) {
        return new CacheException(cause.getMessage(), cause);
    }

    private void lead(Bytes key, Line line, Turn first) {
        List<Turn> turns = new ArrayList<>();
        turns.add(first);
        boolean handedOver = false;
        try {
            Reply.Leased lease =
                    (Reply.Leased) calls.apply(new Command.Lease(cache, key, false, leaseLimit.toMillis()));
            EntryView view = new EntryView(key, lease.token(), lease.value());
            work(line, view, turns);
            // The next leader's wish for a lease may travel together with this settlement.
            handedOver = true;
            handOver(key, line);
            settle(List.of(view));
        } catch (RuntimeException | Error e) {
            turns.forEach(turn -> turn.fail(e));
        } finally {
            if (!handedOver) {
                handOver(key, line);
            }
            turns.forEach(turn -> turn.become(Turn.State.DONE));
        }
    }

    private void work(Line line, EntryView view, List<Turn> turns) {
        long stop = System.nanoTime() + leaseLimit.toNanos() / 4;
        synchronized (lines) {
            line.working = Thread.currentThread();
        }
        try {
            turns.get(0).run(view);
            while (turns.size() < MAX_SHARED && System.nanoTime() - stop < 0) {
                Turn next;
                synchronized (lines) {
                    next = line.waiting.poll();
                }
                if (next == null) {
                    break;
                }
                turns.add(next);
                next.run(view);
            }
        } finally {
            synchronized (lines) {
                line.working = null;
            }
        }
    }

    private void handOver(Bytes key, Line line) {
        synchronized (lines) {
            Turn next = line.waiting.poll();
            if (next == null) {
                lines.remove(key, line);
            } else {
                next.become(Turn.State.LEADS);
            }
        }
    }

    private void settle(List<EntryView> views) {
        List<Command.Settlement> settlements = new ArrayList<>(views.size());
        for (EntryView view : views) {
            settlements.add(new Command.Settlement(view.key(), view.token(), view.changes(), null));
        }
        Reply.Many many = (Reply.Many) calls.apply(new Command.Settle(cache, settlements));
        for (Reply reply : many.replies()) {
            if (reply instanceof Reply.Failure failure) {
                if (failure.status() == Status.LEASE_LOST) {
                    throw translated(new LeaseLostException(failure.message()));
                }
                throw new CacheException(failure.status() + ": " + failure.message());
            }
        }
    }
}
