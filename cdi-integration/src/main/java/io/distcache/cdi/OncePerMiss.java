package io.distcache.cdi;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/** How concurrent misses of one key come to one computation. Thread-safe. */
interface OncePerMiss {

    /** What a miss is worth: the call of the annotated method. Confined to that call. */
    abstract class Computation<T> {
        /** What the method threw, or another caller's method for it; anything else thrown is the cache's. */
        @Nullable
        Throwable failure;

        abstract @Nullable T compute() throws Exception;
    }

    /** The value of a key, or of the computation, which is stored then. */
    @Nullable
    Object get(Object key, Computation<Object> computation) throws Exception;

    /**
     * The same for computations that end later. Never waits for others' computations.
     *
     * @param continueOn where what cannot be done at once is done; null to wait for the cache on the calling thread
     */
    CompletionStage<@Nullable Object> getAsync(
            Object key, Computation<CompletionStage<@Nullable Object>> computation, @Nullable Executor continueOn);

    /** The best that a cache's provider can do. */
    static OncePerMiss of(Cache<Object, Object> cache, long limitMillis) {
        OncePerMiss inPool = Providers.DISTCACHE_IS_PRESENT ? DistCacheAccess.oncePerPool(cache) : null;
        return inPool == null ? new OncePerJvm(cache, limitMillis) : inPool;
    }
}
