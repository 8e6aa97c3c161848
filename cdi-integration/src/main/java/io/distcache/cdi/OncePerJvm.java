package io.distcache.cdi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/** For any provider: those of this process who miss a key wait for the first of them, up to a limit. Thread-safe. */
final class OncePerJvm implements OncePerMiss {
    private final Cache<Object, Object> cache;
    private final long limitMillis;
    private final ConcurrentMap<Object, CompletableFuture<@Nullable Object>> running = new ConcurrentHashMap<>();

    OncePerJvm(Cache<Object, Object> cache, long limitMillis) {
        this.cache = cache;
        this.limitMillis = limitMillis;
    }

    @Override
    public @Nullable Object get(Object key, Computation<Object> computation) throws Exception {
        while (true) {
            Object present = cache.get(key);
            if (present != null) {
                return present;
            }
            CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
            CompletableFuture<@Nullable Object> first = running.putIfAbsent(key, own);
            if (first == null) {
                // Another may have ended between the look and the entry.
                Object meanwhile = lookAgain(key, own);
                return meanwhile != null ? meanwhile : compute(key, computation, own);
            }
            try {
                return first.get(limitMillis, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // It takes too long: the next look finds the place free, and one of those who waited succeeds.
                running.remove(key, first);
            } catch (ExecutionException e) {
                throw Thrown.unchecked(shared(e.getCause(), computation));
            }
        }
    }

    private @Nullable Object lookAgain(Object key, CompletableFuture<@Nullable Object> own) {
        try {
            Object present = cache.get(key);
            if (present != null) {
                end(key, own, present, null);
            }
            return present;
        } catch (RuntimeException | Error e) {
            end(key, own, null, e);
            throw e;
        }
    }

    private @Nullable Object compute(
            Object key, Computation<Object> computation, CompletableFuture<@Nullable Object> own) throws Exception {
        Object value;
        try {
            value = computation.compute();
        } catch (Throwable e) {
            end(key, own, null, e);
            throw e;
        }
        try {
            if (value != null) {
                cache.put(key, value);
            }
        } finally {
            end(key, own, value, null);
        }
        return value;
    }

    private void end(
            Object key, CompletableFuture<@Nullable Object> own, @Nullable Object value, @Nullable Throwable failure) {
        running.remove(key, own);
        if (failure == null) {
            own.complete(value);
        } else {
            own.completeExceptionally(failure);
        }
    }

    private static Throwable shared(@Nullable Throwable failure, Computation<?> computation) {
        Throwable theirs = Thrown.copy(failure == null ? new IllegalStateException("no cause") : failure);
        computation.failure = theirs;
        return theirs;
    }

    @Override
    public CompletionStage<@Nullable Object> getAsync(
            Object key, Computation<CompletionStage<@Nullable Object>> computation, @Nullable Executor continueOn) {
        // The standard's cache can only be waited for.
        return continueOn == null
                ? begin(key, computation)
                : CompletableFuture.supplyAsync(() -> cache.get(key), CacheThreads.EXECUTOR)
                        .thenComposeAsync(
                                present -> present == null
                                        ? begin(key, computation)
                                        : CompletableFuture.<@Nullable Object>completedStage(present),
                                continueOn);
    }

    private CompletionStage<@Nullable Object> begin(
            Object key, Computation<CompletionStage<@Nullable Object>> computation) {
        Object present = cache.get(key);
        if (present != null) {
            return CompletableFuture.completedStage(present);
        }
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        CompletableFuture<@Nullable Object> first = running.putIfAbsent(key, own);
        if (first != null) {
            return CacheThreads.limited(first.copy(), limitMillis)
                    .handleAsync(
                            (value, failure) -> follow(key, computation, first, value, failure), CacheThreads.EXECUTOR)
                    .thenCompose(stage -> stage);
        }
        CompletionStage<@Nullable Object> started;
        try {
            CompletionStage<@Nullable Object> returned = computation.compute();
            started = returned == null ? CompletableFuture.completedStage(null) : returned;
        } catch (Throwable e) {
            started = CompletableFuture.failedStage(e);
        }
        return started.handle((value, failure) -> {
                    if (failure != null) {
                        end(key, own, null, AsyncKind.unwrapped(failure));
                        return CompletableFuture.<@Nullable Object>failedStage(AsyncKind.unwrapped(failure));
                    }
                    try {
                        if (value != null) {
                            cache.put(key, value);
                        }
                    } finally {
                        end(key, own, value, null);
                    }
                    return CompletableFuture.completedStage(value);
                })
                .thenCompose(stage -> stage);
    }

    private CompletionStage<@Nullable Object> follow(
            Object key,
            Computation<CompletionStage<@Nullable Object>> computation,
            CompletableFuture<@Nullable Object> first,
            @Nullable Object value,
            @Nullable Throwable failure) {
        if (failure == null) {
            return CompletableFuture.completedStage(value);
        }
        Throwable cause = AsyncKind.unwrapped(failure);
        if (cause instanceof TimeoutException && !first.isDone()) {
            running.remove(key, first);
            return begin(key, computation);
        }
        return CompletableFuture.failedStage(shared(cause, computation));
    }
}
