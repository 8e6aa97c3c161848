package io.distcache.jcache.internal.processor;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseTimeoutException;
import io.distcache.client.spi.Refusals;
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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive work on entries, over all clients of the cache: lease, work, settle. Thread-safe.
 *
 * <p>Threads of this process that want the same entry share a lease: one of them, the leader, runs its own work and that of those
 * who wait, one after another, and sends all their changes together; the next leader goes on with the same lease while that is
 * on its way. So work may run on another thread of this process than the one that asked for it. After a moment the lease is
 * given back, so that other processes have their turn.
 */
public final class LeasedEntries {
    private static final int MAX_SHARED = 64;
    private static final int MAX_PER_LEASE = 1024;
    private static final int MAX_TOGETHER = 10_000;
    private static final long MAX_KEPT_NANOS = 5_000_000;

    private final int cache;
    private final Duration leaseLimit;
    private final Calls calls;
    private final Map<Bytes, Line> lines = new HashMap<>();

    /** Nothing was applied, and the work can be done again. */
    private static final class LeaderGoneException extends CacheException {
        private static final long serialVersionUID = 1;

        LeaderGoneException(DistCacheException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** How commands reach the cache. */
    public interface Calls {
        /** Sends a command and waits for its reply. */
        Reply call(Command command);

        /** Sends a command, to be executed after all that was sent before; does not wait for the reply. */
        CompletionStage<Reply> send(Command command);

        /** Waits for a reply to {@link #send}. */
        Reply await(CompletionStage<Reply> sent);
    }

    /** For the cache open under this handle. */
    public LeasedEntries(int cache, Duration leaseLimit, Calls calls) {
        this.cache = cache;
        this.leaseLimit = leaseLimit;
        this.calls = calls;
    }

    /** Those of this process who want one entry. Guarded by {@link #lines}; the lease belongs to the leader. */
    private static final class Line {
        final Deque<Turn> waiting = new ArrayDeque<>();

        @Nullable
        Thread working;

        @Nullable
        EntryView lease;

        long leasedNanos;
        int served;
    }

    /** One thread's wish to work on an entry. Result and failure are published by the state. */
    private static final class Turn {
        private enum State {
            WAITING,
            LEADS,
            DONE
        }

        private final Function<EntryView, ?> work;
        private final Thread thread = Thread.currentThread();
        private volatile State state = State.WAITING;
        private @Nullable Object result;
        private @Nullable Throwable failure;

        Turn(Function<EntryView, ?> work) {
            this.work = work;
        }

        void run(EntryView view) {
            int changes = view.changes().size();
            Bytes value = view.value();
            try {
                result = work.apply(view);
            } catch (Throwable e) {
                failure = e;
                view.rollBack(changes, value);
            }
        }

        void become(State next) {
            state = next;
            if (thread != Thread.currentThread()) {
                LockSupport.unpark(thread);
            }
        }

        void fail(Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
        }

        /** Returns whether the state is another than WAITING by then. */
        boolean await(long nanos) {
            long deadline = System.nanoTime() + nanos;
            boolean interrupted = false;
            while (state == State.WAITING) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                LockSupport.parkNanos(this, left);
                // As for every call: the wait goes on, the flag is set again.
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                thread.interrupt();
            }
            return state != State.WAITING;
        }
    }

    /**
     * Runs work on an entry while nobody else can change it. What it throws is thrown here, and its changes are not made. In a replicated
     * pool a lease ends with the leadership of the node that granted it; then nothing was applied, and the work runs again.
     */
    @SuppressWarnings({"unchecked", "NullAway"}) // the turn's result is its work's, which may be null
    public <R> R run(Bytes key, Function<EntryView, R> work) {
        long until = System.nanoTime() + leaseLimit.toNanos();
        Turn turn = taken(key, work);
        while (turn.failure instanceof LeaderGoneException && until - System.nanoTime() > 0) {
            turn = taken(key, work);
        }
        Throwable failure = turn.failure;
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        if (failure != null) {
            throw new CacheException("work on the entry failed with a checked exception", failure);
        }
        return (R) turn.result;
    }

    /** A turn that has been taken, or has failed. */
    private Turn taken(Bytes key, Function<EntryView, ?> work) {
        Turn turn = new Turn(work);
        Line line = join(key, turn);
        if (turn.state == Turn.State.WAITING && !turn.await(leaseLimit.toNanos() * 2)) {
            leave(line, turn);
        }
        if (turn.state == Turn.State.LEADS) {
            lead(key, line, turn);
        }
        return turn;
    }

    /**
     * Runs work on many entries at once, while nobody else can change them. Entries that others hold are not waited for, as two
     * such calls could wait for each other: the work runs again for each of them alone afterwards. More than some thousands are
     * taken in parts, one after another.
     */
    public void runAll(List<Bytes> keys, Consumer<List<EntryView>> work) {
        for (int from = 0; from < keys.size(); from += MAX_TOGETHER) {
            runTogether(keys.subList(from, Math.min(from + MAX_TOGETHER, keys.size())), work);
        }
    }

    private void runTogether(List<Bytes> keys, Consumer<List<EntryView>> work) {
        Reply.Many leases = (Reply.Many) calls.call(new Command.LeaseMany(cache, keys, false, leaseLimit.toMillis()));
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
                granted.forEach(EntryView::takeChanges);
                try {
                    check(calls.call(settlement(granted, null)));
                } catch (Throwable alsoFailed) {
                    e.addSuppressed(alsoFailed);
                }
                throw e;
            }
            busy.addAll(withoutLeader(granted, calls.call(settlement(granted, null))));
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
            EntryView view = leased(key, line);
            work(line, view, turns);
            Turn next = next(key, line);
            boolean keep = next != null
                    && line.served < MAX_PER_LEASE
                    && System.nanoTime() - line.leasedNanos < MAX_KEPT_NANOS;
            CompletionStage<Reply> sent;
            try {
                sent = calls.send(settlement(List.of(view), keep ? new Command.Share.Keep() : null));
                line.lease = keep ? view : null;
            } catch (Throwable e) {
                giveBack(view);
                throw e;
            } finally {
                // Only now: what the next leader sends must come after this.
                handedOver = true;
                handOver(next);
            }
            check(calls.await(sent));
        } catch (Throwable e) {
            turns.forEach(turn -> turn.fail(e));
        } finally {
            if (!handedOver) {
                line.lease = null;
                handOver(next(key, line));
            }
            turns.forEach(turn -> turn.become(Turn.State.DONE));
        }
    }

    /** The changes could not be sent: ends the lease without them, if that can be sent. */
    private void giveBack(EntryView view) {
        try {
            CompletionStage<Reply> unused = calls.send(settlement(List.of(view), null));
        } catch (Throwable e) {
            // The lease ends with the connection or at its limit.
        }
    }

    private EntryView leased(Bytes key, Line line) {
        EntryView kept = line.lease;
        line.lease = null;
        if (kept != null) {
            return kept;
        }
        Reply.Leased lease = (Reply.Leased) calls.call(new Command.Lease(cache, key, false, leaseLimit.toMillis()));
        line.leasedNanos = System.nanoTime();
        line.served = 0;
        return new EntryView(key, lease.token(), lease.value());
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
            line.served += turns.size();
        } finally {
            synchronized (lines) {
                line.working = null;
            }
        }
    }

    /** The next leader, no longer waiting; null if the line ends here. */
    private @Nullable Turn next(Bytes key, Line line) {
        synchronized (lines) {
            Turn next = line.waiting.poll();
            if (next == null) {
                lines.remove(key, line);
            }
            return next;
        }
    }

    private static void handOver(@Nullable Turn next) {
        if (next != null) {
            next.become(Turn.State.LEADS);
        }
    }

    private Command settlement(List<EntryView> views, Command.@Nullable Share share) {
        List<Command.Settlement> settlements = new ArrayList<>(views.size());
        for (EntryView view : views) {
            settlements.add(new Command.Settlement(view.key(), view.token(), view.takeChanges(), share));
        }
        return new Command.Settle(cache, settlements);
    }

    /** Whether a settlement was refused since the lease had ended before. */
    public static boolean isLost(Reply.Failure settled) {
        return settled.status() == Status.LEASE_LOST || settled.status() == Status.NOT_LEADER;
    }

    /** The entries of which nothing was applied since the node that granted the leases did not lead any more. */
    private static List<Bytes> withoutLeader(List<EntryView> views, Reply settled) {
        List<Bytes> again = new ArrayList<>(0);
        List<Reply> others = new ArrayList<>(views.size());
        List<Reply> replies = ((Reply.Many) settled).replies();
        for (int i = 0; i < views.size(); i++) {
            if (replies.get(i) instanceof Reply.Failure failure && failure.status() == Status.NOT_LEADER) {
                again.add(views.get(i).key());
            } else {
                others.add(replies.get(i));
            }
        }
        check(new Reply.Many(others));
        return again;
    }

    private static void check(Reply settled) {
        for (Reply reply : ((Reply.Many) settled).replies()) {
            if (reply instanceof Reply.Failure failure && failure.status() == Status.NOT_LEADER) {
                throw new LeaderGoneException(Refusals.exception("the change was", failure));
            }
            if (reply instanceof Reply.Failure failure) {
                // A settlement is one part of a reply, which the client passes on as it is.
                throw translated(Refusals.exception("the change was", failure));
            }
        }
    }
}
