package io.distcache.jcache;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a cache of this provider does beyond the standard, by {@code cache.unwrap(ComputingCache.class)}: a missing value is
 * computed by one caller at a time, over all threads and processes; the others wait for it and share its value or its failure.
 * If that caller dies, or takes longer than the {@code lease-limit}, one of those who wait computes instead. Thread-safe.
 *
 * <p>What these methods throw of their own are the exceptions of {@link javax.cache.Cache#get} and {@link javax.cache.Cache#put}.
 */
public interface ComputingCache<K, V> {

    /** How a missing value comes to be; runs at most once per call, and not at all on a hit. */
    @FunctionalInterface
    interface Computation<T> {
        /** The value; null for one that is not to be stored, which those who wait get as null too. */
        @Nullable
        T compute() throws Exception;
    }

    /**
     * The value of a key, computed and stored on a miss.
     *
     * @throws ComputationException if another caller computed it and failed
     * @throws Exception what the computation throws
     */
    @Nullable
    V getOrCompute(K key, Computation<? extends V> computation) throws Exception;

    /**
     * Like {@link #getOrCompute}, for computations that end later. Never waits for others' computations.
     *
     * @param continueOn where the computation runs and the stage completes unless it can do so at once; with null the calling
     *     thread waits for the cache's first answer and then computes, and only what follows waiting for others runs on the
     *     common pool
     * @return completes with the value, or with the exception that the other method throws
     */
    CompletionStage<@Nullable V> getOrComputeAsync(
            K key, Computation<? extends CompletionStage<? extends V>> computation, @Nullable Executor continueOn);
}
