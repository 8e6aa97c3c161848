package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One command on its way. It is queued until the connection claims it, then sent until somebody ends it: the reply, the loss
 * of the connection, or its time limit. Each step is one compare-and-set, so exactly one of them wins.
 *
 * <p>The waiting thread is unparked directly and keeps its own time; a future would cost an allocation and a hand-off.
 */
final class Call {

    /** How a call ended without a reply. */
    record Lost(boolean sent, String why, @Nullable Throwable cause) {}

    private static final Object SENT = new Object();
    private static final VarHandle OUTCOME;

    static {
        try {
            OUTCOME = MethodHandles.lookup().findVarHandle(Call.class, "outcome", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Command command;
    final @Nullable Consumer<Push.Event> ownEvents;
    /** What becomes of the reply before anybody hears of it, on the thread that brings it. */
    final @Nullable Consumer<Reply> firstHearer;

    final @Nullable CompletableFuture<Reply> future;
    private final @Nullable Thread waiter;
    /** Whether it takes a place among those in flight; what the session itself sends does not. */
    final boolean takesPlace;

    private final long startNanos;
    private final long lastDeadlineNanos;
    private volatile long deadlineNanos;

    /** Null while queued, then {@link #SENT}, then a {@link Reply}, a {@link Lost}, a RuntimeException or an Error. */
    @SuppressWarnings("unused") // written through OUTCOME
    private volatile @Nullable Object outcome;

    /** The id on the wire; written before the call counts as sent. */
    int request;

    private Call(
            Command command,
            long limitNanos,
            long extensionNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            @Nullable Consumer<Reply> firstHearer,
            @Nullable Thread waiter,
            @Nullable CompletableFuture<Reply> future,
            boolean takesPlace) {
        this.takesPlace = takesPlace;
        this.command = command;
        this.ownEvents = ownEvents;
        this.firstHearer = firstHearer;
        this.waiter = waiter;
        this.future = future;
        this.startNanos = System.nanoTime();
        this.deadlineNanos = startNanos + limitNanos;
        this.lastDeadlineNanos = deadlineNanos + extensionNanos;
    }

    /** A call that the current thread will {@link #await}. */
    static Call waiting(
            Command command,
            long limitNanos,
            long extensionNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            @Nullable Consumer<Reply> firstHearer) {
        return new Call(
                command, limitNanos, extensionNanos, ownEvents, firstHearer, Thread.currentThread(), null, true);
    }

    /** A call that completes a future. */
    static Call async(
            Command command,
            long limitNanos,
            long extensionNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            CompletableFuture<Reply> future) {
        return new Call(command, limitNanos, extensionNanos, ownEvents, null, null, future, true);
    }

    /** A command whose reply nobody waits for. */
    static Call unheard(Command command, long limitNanos) {
        return new Call(command, limitNanos, 0, null, null, null, null, true);
    }

    /** A command of the session itself. */
    static Call internal(Command command, long limitNanos, @Nullable Consumer<Reply> firstHearer) {
        return new Call(command, limitNanos, 0, null, firstHearer, null, null, false);
    }

    /** A command of the monitor, which completes a future. */
    static Call internal(Command command, long limitNanos, CompletableFuture<Reply> future) {
        return new Call(command, limitNanos, 0, null, null, null, future, false);
    }

    long startNanos() {
        return startNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    long waitedMillis() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    /** Gives the call more time, within the client's own limit. */
    void extend(long millis) {
        long more = Math.max(0, Math.min(millis, 86_400_000)) * 1_000_000;
        long longer = deadlineNanos + more;
        deadlineNanos = longer - lastDeadlineNanos > 0 ? lastDeadlineNanos : longer;
    }

    /** Queued to sent; false if it has ended meanwhile and must not be sent. */
    boolean claim() {
        return OUTCOME.compareAndSet(this, null, SENT);
    }

    boolean isSent() {
        return outcome == SENT;
    }

    boolean ended() {
        Object now = outcome;
        return now != null && now != SENT;
    }

    /** Ends the call with a reply or an exception; false if it had ended before. */
    boolean end(Object result) {
        while (!ended()) {
            Object now = outcome;
            if ((now == null || now == SENT) && OUTCOME.compareAndSet(this, now, result)) {
                wake();
                return true;
            }
        }
        return false;
    }

    /** Ends the call without a reply; tells whether it was still queued, so that nothing of it will ever be sent. */
    boolean lose(String why, @Nullable Throwable cause) {
        if (outcome == null && OUTCOME.compareAndSet(this, null, new Lost(false, why, cause))) {
            wake();
            return true;
        }
        if (OUTCOME.compareAndSet(this, SENT, new Lost(true, why, cause))) {
            wake();
        }
        return false;
    }

    private void wake() {
        if (waiter != null) {
            LockSupport.unpark(waiter);
        }
    }

    /** What it ended with; null if its time has passed first. An interrupt does not end the wait. */
    @Nullable
    Object await() {
        boolean interrupted = false;
        Object result = outcome;
        while (result == null || result == SENT) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                result = null;
                break;
            }
            LockSupport.parkNanos(this, left);
            if (Thread.interrupted()) {
                interrupted = true;
            }
            result = outcome;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return result;
    }

    /** What it ended with; only after it has. */
    Object result() {
        Object now = outcome;
        if (now == null || now == SENT) {
            throw new IllegalStateException("the call has not ended");
        }
        return now;
    }
}
