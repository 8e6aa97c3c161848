package io.distcache.protocol;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Attempts at something of which one at a time is enough. Who comes while one is under way waits for it and shares what becomes of it, also its
 * failure: with a lock instead, each of many callers would wait for all before it, and fail in turn. Thread-safe.
 */
public final class SharedAttempt<T> {
    private final AtomicReference<@Nullable CompletableFuture<T>> underWay = new AtomicReference<>();

    /**
     * What {@code attempt} gives or throws, here or in the caller who was first.
     *
     * @param attempt must not come back here on the same thread
     */
    public T join(Supplier<T> attempt) {
        CompletableFuture<T> own = new CompletableFuture<>();
        CompletableFuture<T> first = underWay.compareAndExchange(null, own);
        if (first != null) {
            return resultOf(first);
        }
        try {
            own.complete(attempt.get());
        } catch (Throwable e) {
            own.completeExceptionally(e);
        } finally {
            underWay.set(null);
        }
        return resultOf(own);
    }

    /** What becomes of an attempt, once it is over; what it threw is thrown here. */
    static <T> T resultOf(CompletableFuture<T> attempt) {
        try {
            return attempt.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }
}
