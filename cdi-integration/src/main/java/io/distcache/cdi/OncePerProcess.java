package io.distcache.cdi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The runs of methods for missing keys that are going on in this process. Where a cache is there, it sees to it that a method runs once;
 * while it is not, those who want the same key join the run that is going on, also one that began while the cache was there.
 * Nothing is kept of a run that has ended. Thread-safe.
 */
final class OncePerProcess {
    private final long limitMillis;
    private final ConcurrentMap<Object, CompletableFuture<@Nullable Object>> running = new ConcurrentHashMap<>();

    /** One that joins waits so long; then it runs the method itself. */
    OncePerProcess(long limitMillis) {
        this.limitMillis = limitMillis;
    }

    /** A run of the method. */
    interface Run {
        @Nullable
        Object go() throws Exception;
    }

    /** What a joined run threw, for the one who joined. */
    static final class JoinedFailure extends Exception {
        private static final long serialVersionUID = 1L;

        JoinedFailure(Throwable cause) {
            super(null, cause, false, false);
        }
    }

    /**
     * Joins the run for a place that is going on, or begins one.
     *
     * @throws JoinedFailure if the other's run failed
     * @throws Exception what the own run threw
     */
    @Nullable
    Object join(Object place, Run run) throws Exception {
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        CompletableFuture<@Nullable Object> first = running.putIfAbsent(place, own);
        if (first == null) {
            return lead(place, own, run);
        }
        try {
            return first.get(limitMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return run.go();
        } catch (ExecutionException e) {
            throw new JoinedFailure(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Runs by right of a lease, which may mean that the run that is going on took too long; who comes now joins this one. */
    @Nullable
    Object lead(Object place, Run run) throws Exception {
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        running.put(place, own);
        return lead(place, own, run);
    }

    private @Nullable Object lead(Object place, CompletableFuture<@Nullable Object> own, Run run) throws Exception {
        try {
            Object value = run.go();
            running.remove(place, own);
            own.complete(value);
            return value;
        } catch (Throwable e) {
            running.remove(place, own);
            own.completeExceptionally(e);
            throw e;
        }
    }

    /** The same for runs that end later. */
    CompletionStage<@Nullable Object> leadAsync(Object place, Supplier<CompletionStage<@Nullable Object>> run) {
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        running.put(place, own);
        return leadAsync(place, own, run);
    }

    private CompletionStage<@Nullable Object> leadAsync(
            Object place, CompletableFuture<@Nullable Object> own, Supplier<CompletionStage<@Nullable Object>> run) {
        return run.get().whenComplete((value, failure) -> {
            running.remove(place, own);
            if (failure == null) {
                own.complete(value);
            } else {
                own.completeExceptionally(AsyncKind.unwrapped(failure));
            }
        });
    }

    /** As {@link #join}, for runs that end later; a run that was joined and failed is a stage that failed with {@link JoinedFailure}. */
    CompletionStage<@Nullable Object> joinAsync(Object place, Supplier<CompletionStage<@Nullable Object>> run) {
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        CompletableFuture<@Nullable Object> first = running.putIfAbsent(place, own);
        if (first == null) {
            return leadAsync(place, own, run);
        }
        return first.copy()
                .orTimeout(limitMillis, TimeUnit.MILLISECONDS)
                .handleAsync(
                        (value, failure) -> {
                            if (failure == null) {
                                return CompletableFuture.completedStage(value);
                            }
                            Throwable cause = AsyncKind.unwrapped(failure);
                            return cause instanceof TimeoutException && !first.isDone()
                                    ? run.get()
                                    : CompletableFuture.<@Nullable Object>failedStage(new JoinedFailure(cause));
                        },
                        CacheThreads.EXECUTOR)
                .thenCompose(stage -> stage);
    }
}
