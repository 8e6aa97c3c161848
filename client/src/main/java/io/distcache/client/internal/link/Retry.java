package io.distcache.client.internal.link;

import io.distcache.client.DistCacheException;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Command;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The time that one call has, and its attempts: what has surely not been applied is tried again until the time is over. Pauses are short
 * at first, since a pool is mostly settled in a moment. The same attempts serve a caller that waits ({@link #waiting}) and one that does
 * not ({@link #staged}); no thread is parked but that of a caller that waits. Confined to one attempt at a time.
 */
public final class Retry {
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(16);
    /** What another attempt needs, of the longest calls and of short ones. */
    private static final long ATTEMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int PART_OF_CALL = 10;
    private static final int MOST_STAGED = 10_000;
    /** Past its time by so much, a call was not merely late to be ended. */
    private static final long OUTLIVED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int MOST_RENEWALS = 4;

    /** Begins the next attempts of callers that do not wait. Runs no code of the application; idle threads end. */
    private static final ScheduledThreadPoolExecutor AGAIN = again();

    /** Calls of such callers that are tried again, or whose outcome the application is being told. */
    private static final AtomicInteger STAGED = new AtomicInteger();

    private final Calls any;
    private long deadlineNanos;
    private int renewals;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private boolean callerWaits;
    /** Whether the present attempt was begun by {@link #AGAIN}. */
    private boolean isAgain;

    /** The attempts at one call. They are used by one thread after the other. */
    public interface Attempts<T> {
        /**
         * Begins an attempt; what it throws ends the call.
         *
         * @param retry sends commands for it
         * @return completes, in whatever way, when all that was sent is answered or lost; null if nothing can be sent yet
         */
        @Nullable
        CompletableFuture<?> begin(Retry retry);

        /** What the attempt has come to; null if it is to be made again. What it throws ends the call. */
        @Nullable
        T result();

        /** What a call comes to whose time is over. */
        T givenUp();

        /**
         * For how long to wait before the next attempt.
         *
         * @param usualNanos as for any call, longer each time
         */
        default long pauseNanos(long usualNanos) {
            return usualNanos;
        }
    }

    /** For one call; any calls of the client's say how long it may take, and who may wait. */
    public Retry(Calls any) {
        this.any = any;
        this.deadlineNanos = System.nanoTime() + any.callNanos();
    }

    private static ScheduledThreadPoolExecutor again() {
        ScheduledThreadPoolExecutor again =
                new ScheduledThreadPoolExecutor(2, task -> OwnThread.make(task, "distcache-again"));
        again.setKeepAliveTime(5, TimeUnit.SECONDS);
        again.allowCoreThreadTimeOut(true);
        return again;
    }

    /** What is left, at least a nanosecond. */
    public long leftNanos() {
        return Math.max(1, deadlineNanos - System.nanoTime());
    }

    /**
     * An attempt has come to nothing. If it has outlived the call's time, a node had it wait, for a lease or for listeners, and is gone: then
     * the call has its time anew, as if it began to wait with the next node.
     */
    public void renewIfOutlived() {
        long now = System.nanoTime();
        if (now - deadlineNanos > OUTLIVED_NANOS && renewals < MOST_RENEWALS) {
            renewals++;
            deadlineNanos = now + any.callNanos();
        }
    }

    // --- what attempts send

    /** Sends the only command of an attempt; null if a caller that does not wait finds no place for it. */
    public @Nullable CompletableFuture<Reply> one(Calls to, Command command, @Nullable Consumer<Push.Event> ownEvents) {
        if (!callerWaits) {
            return oneOfSeveral(to, command, ownEvents);
        }
        try {
            return CompletableFuture.completedFuture(to.ask(command, leftNanos(), ownEvents));
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Sends one command of an attempt beside others; null if a caller that does not wait finds no place for it. */
    public @Nullable CompletableFuture<Reply> oneOfSeveral(
            Calls to, Command command, @Nullable Consumer<Push.Event> ownEvents) {
        try {
            return isAgain
                    ? to.askAsyncIfFree(command, leftNanos(), ownEvents)
                    : to.askAsync(command, leftNanos(), ownEvents);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // --- for callers that wait

    /** Makes attempts, and waits for what they come to. */
    public <T> T waiting(Attempts<T> attempts) {
        callerWaits = true;
        while (true) {
            CompletableFuture<?> sent = attempts.begin(this);
            if (sent != null) {
                if (!sent.isDone()) {
                    boolean unused = sent.handle((ok, failure) -> true).join();
                }
                T result = attempts.result();
                if (result != null) {
                    return result;
                }
            }
            if (!pause(nextPause(attempts))) {
                return attempts.givenUp();
            }
        }
    }

    /** Does something that waits by itself, and does it again if it fails in such a way that {@code isAgain} says so. */
    public <T extends @Nullable Object> T waiting(Predicate<DistCacheException> isAgain, Supplier<T> action) {
        while (true) {
            try {
                return action.get();
            } catch (DistCacheException e) {
                if (!isAgain.test(e) || !pause(nextPause())) {
                    throw e;
                }
            }
        }
    }

    /** Waits for a moment; false if there is no time left for another attempt. An event loop makes no pauses. */
    private boolean pause(long pause) {
        any.refuseOnEventLoop();
        if (pause < 0) {
            return false;
        }
        long until = System.nanoTime() + pause;
        boolean interrupted = false;
        while (until - System.nanoTime() > 0) {
            LockSupport.parkNanos(this, until - System.nanoTime());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    /** The next pause in nanoseconds; -1 if there is no time for another attempt after it. */
    private long nextPause() {
        long pause = pauseNanos;
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, pause * 2);
        return inTime(pause);
    }

    private long nextPause(Attempts<?> attempts) {
        long usual = pauseNanos;
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, usual * 2);
        return inTime(attempts.pauseNanos(usual));
    }

    /** An attempt so late that its answer comes too late would leave it unknown what is known now: that nothing was applied. */
    private long inTime(long pause) {
        long attempt = Math.min(ATTEMPT_NANOS, any.callNanos() / PART_OF_CALL);
        return deadlineNanos - System.nanoTime() <= pause + attempt ? -1 : pause;
    }

    // --- for callers that do not wait

    /** Makes attempts, the first on this thread; the future completes with what they come to. */
    public <T> CompletableFuture<T> staged(Attempts<T> attempts) {
        CompletableFuture<?> sent;
        try {
            sent = attempts.begin(this);
        } catch (DistCacheException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (sent == null) {
            return again(attempts);
        }
        return sent.handle((ok, failure) -> true).thenCompose(arrived -> {
            T result = attempts.result();
            return result == null ? again(attempts) : CompletableFuture.completedFuture(result);
        });
    }

    private <T> CompletableFuture<T> again(Attempts<T> attempts) {
        if (STAGED.incrementAndGet() > MOST_STAGED) {
            STAGED.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new UnreachableException("too many calls wait for the pool to settle already"));
        }
        CompletableFuture<T> told = new CompletableFuture<>();
        isAgain = true;
        afterPause(attempts, told);
        return told;
    }

    private <T> void afterPause(Attempts<T> attempts, CompletableFuture<T> told) {
        long pause = nextPause(attempts);
        if (pause < 0) {
            tell(told, attempts::givenUp);
        } else {
            ScheduledFuture<?> unused = AGAIN.schedule(() -> attempt(attempts, told), pause, TimeUnit.NANOSECONDS);
        }
    }

    private <T> void attempt(Attempts<T> attempts, CompletableFuture<T> told) {
        CompletableFuture<?> sent;
        try {
            sent = attempts.begin(this);
        } catch (RuntimeException | Error e) {
            tellFailure(told, e);
            return;
        }
        if (sent == null) {
            afterPause(attempts, told);
            return;
        }
        CompletableFuture<?> unused = sent.whenComplete((ok, failure) -> arrived(attempts, told));
    }

    private <T> void arrived(Attempts<T> attempts, CompletableFuture<T> told) {
        T result;
        try {
            result = attempts.result();
        } catch (RuntimeException | Error e) {
            tellFailure(told, e);
            return;
        }
        if (result == null) {
            afterPause(attempts, told);
        } else {
            tell(told, () -> result);
        }
    }

    private static <T> void tellFailure(CompletableFuture<T> told, Throwable failure) {
        tell(() -> told.completeExceptionally(failure));
    }

    private static <T> void tell(CompletableFuture<T> told, Supplier<T> outcome) {
        tell(() -> {
            T result;
            try {
                result = outcome.get();
            } catch (RuntimeException | Error e) {
                told.completeExceptionally(e);
                return;
            }
            told.complete(result);
        });
    }

    private static void tell(Runnable outcome) {
        OutcomeThreads.tell(() -> {
            try {
                outcome.run();
            } finally {
                STAGED.decrementAndGet();
            }
        });
    }
}
