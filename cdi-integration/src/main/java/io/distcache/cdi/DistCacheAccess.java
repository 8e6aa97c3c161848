package io.distcache.cdi;

import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseTimeoutException;
import io.distcache.client.NodeListener;
import io.distcache.client.OverloadedException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.jcache.ComputationException;
import io.distcache.jcache.ComputingCache;
import io.distcache.jcache.DeclaredTypes;
import io.distcache.jcache.DistCachingProvider;
import java.lang.reflect.Type;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;

/**
 * What the provider of this project does beyond the standard. The only class that needs it; used only if it is there, see
 * {@link Providers}. Stateless.
 */
final class DistCacheAccess {
    private DistCacheAccess() {}

    /** One computation per miss over all processes; null for a cache of another provider. */
    static @Nullable OncePerMiss oncePerPool(Cache<Object, Object> cache) {
        try {
            @SuppressWarnings("unchecked") // the cache's types are those of the interface
            ComputingCache<Object, Object> computing = cache.unwrap(ComputingCache.class);
            return new OncePerPool(computing);
        } catch (IllegalArgumentException | ClassCastException e) {
            return null; // Also a client proxy around one of ours, which gives itself for what unwrap returns.
        }
    }

    /** The manager as {@code own}, for another class loader; null if it is another provider's. */
    static @Nullable CacheManager ofLoader(CacheManager own, ClassLoader loader) {
        return own.getCachingProvider() instanceof DistCachingProvider provider
                ? provider.managerLike(own, loader)
                : null;
    }

    /** Lets a cache hold objects of these types. */
    static void declare(CacheManager manager, String cacheName, Set<Type> types) {
        try {
            manager.unwrap(DeclaredTypes.class).declare(cacheName, types);
        } catch (IllegalArgumentException e) {
            // Another provider's manager; what it deserializes is its own matter.
        }
    }

    /** The class that a cache of this provider may not hold, which is why there was a failure; null if that is not why. */
    static @Nullable String refusedClass(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SerializationRefusedException refused) {
                return refused.className();
            }
        }
        return null;
    }

    /** What a failure of this provider is; null if it is none of its. */
    static @Nullable Boolean isOutage(Throwable failure) {
        return failure instanceof DistCacheException
                ? failure instanceof UnreachableException
                        || failure instanceof IndeterminateException
                        || failure instanceof OverloadedException
                        || failure instanceof LeaseTimeoutException
                : null;
    }

    /**
     * Tells {@code heard} how the manager stands with its nodes, now and whenever it changes, on the client's event loop; connects
     * if that is still to do. Does nothing for another provider's manager.
     */
    static void watch(CacheManager manager, Consumer<NodeStateChanged> heard) {
        DistCacheClient client;
        try {
            client = manager.unwrap(DistCacheClient.class);
        } catch (IllegalArgumentException e) {
            return;
        }
        client.addListener(new NodeListener() {
            @Override
            public void stateChanged(String node, State state, String reason) {
                heard.accept(new NodeStateChanged(node, NodeStateChanged.State.valueOf(state.name()), reason));
            }
        });
        client.pool()
                .nodes()
                .forEach(node -> heard.accept(new NodeStateChanged(
                        node.member().toString(),
                        NodeStateChanged.State.valueOf(node.state().name()),
                        "now watched")));
    }

    private record OncePerPool(ComputingCache<Object, Object> cache) implements OncePerMiss {
        @Override
        public @Nullable Object get(Object key, Computation<Object> computation) throws Exception {
            try {
                return cache.getOrCompute(key, computation::compute);
            } catch (ComputationException e) {
                throw Thrown.unchecked(shared(e, computation));
            }
        }

        @Override
        public CompletionStage<@Nullable Object> getAsync(
                Object key, Computation<CompletionStage<@Nullable Object>> computation, @Nullable Executor continueOn) {
            return cache.getOrComputeAsync(key, computation::compute, continueOn)
                    .handle((value, failure) -> {
                        if (failure == null) {
                            return CompletableFuture.completedStage(value);
                        }
                        Throwable cause = AsyncKind.unwrapped(failure);
                        return CompletableFuture.<@Nullable Object>failedStage(
                                cause instanceof ComputationException e ? shared(e, computation) : cause);
                    })
                    .thenCompose(stage -> stage);
        }

        /** What another caller's method threw; also if the method itself has met another's failure on its way. */
        private static Throwable shared(ComputationException e, Computation<?> computation) {
            if (e == computation.failure) {
                return e;
            }
            Throwable theirs = e.getCause() == null ? e : Thrown.copy(e.getCause());
            computation.failure = theirs;
            return theirs;
        }
    }
}
