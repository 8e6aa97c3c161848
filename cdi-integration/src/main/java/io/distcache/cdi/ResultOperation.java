package io.distcache.cdi;

import jakarta.interceptor.InvocationContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import org.jspecify.annotations.Nullable;

/**
 * {@code @CacheResult}: the value from the cache; else the exception from the exception cache; else the method, run once however
 * many callers miss at the same time.
 */
final class ResultOperation extends Operation {
    /** The keys that this thread computes; one that is asked for again inside is not waited for. */
    private static final ThreadLocal<@Nullable Deque<Object>> COMPUTING = new ThreadLocal<>();

    private volatile @Nullable CacheResolver exceptionResolver;

    ResultOperation(CacheMethod method, CachingServices services) {
        super(method, services);
    }

    @Override
    @Nullable
    Object around(InvocationContext context) throws Exception {
        Object key = key(context);
        AsyncKind async = method.async();
        CacheHandle cache;
        try {
            cache = cache(context);
        } catch (RuntimeException e) {
            tolerate(e);
            Place place = place(null, key);
            return async != null
                    ? async.fromStage(new AsyncCall(context, key, place, async).withoutCache())
                    : new Call(context, key, place).withoutCache();
        }
        Place place = place(cache.cache(), key);
        if (async != null) {
            return async.fromStage(new AsyncCall(context, key, place, async).run(cache));
        }
        return new Call(context, key, place).run(cache);
    }

    /** An entry, for those of this process who want it, also while its cache cannot be had. */
    private record Place(OncePerProcess runs, Object cache, Object key) {}

    private Place place(@Nullable Cache<Object, Object> cache, Object key) {
        Object where = cache == null ? this : cache;
        return new Place(
                services.runs(),
                method.caching().resolverFactory() == CacheResolverFactory.class ? method.cacheName() : where,
                key);
    }

    // --- a method that returns its result ---

    /** One call; the method has run when {@link #ran} is set. */
    private final class Call extends OncePerMiss.Computation<Object> {
        private final InvocationContext context;
        private final Object key;
        private final Place place;
        private boolean ran;
        private @Nullable Object value;

        Call(InvocationContext context, Object key, Place place) {
            this.context = context;
            this.key = key;
            this.place = place;
        }

        @Nullable
        Object run(CacheHandle from) throws Exception {
            if (isComputing(place)) {
                return context.proceed();
            }
            try {
                return method.caching().skipGet() ? always(from) : from.once().get(key, this);
            } catch (RuntimeException e) {
                if (e == failure) {
                    throw e;
                }
                tolerate(e);
                return ran ? value : withoutCache();
            }
        }

        @Nullable
        Object withoutCache() throws Exception {
            if (method.caching().skipGet() || isComputing(place)) {
                return context.proceed();
            }
            try {
                return services.runs().join(place, this::computed);
            } catch (OncePerProcess.JoinedFailure e) {
                throw Thrown.unchecked(Thrown.copy(Objects.requireNonNull(e.getCause())));
            }
        }

        private @Nullable Object always(CacheHandle into) throws Exception {
            Object result = proceed();
            if (result != null) {
                into.cache().put(key, result);
            }
            return result;
        }

        @Override
        @Nullable
        Object compute() throws Exception {
            failure = cachedException(context, key);
            if (failure != null) {
                throw Thrown.unchecked(failure);
            }
            return services.runs().lead(place, this::proceed);
        }

        private @Nullable Object proceed() throws Exception {
            try {
                value = computed();
                ran = true;
                return value;
            } catch (Throwable e) {
                failure = e;
                keep(context, key, e);
                throw e;
            }
        }

        private @Nullable Object computed() throws Exception {
            Deque<Object> computing = enter(place);
            try {
                return context.proceed();
            } finally {
                leave(computing);
            }
        }
    }

    private static boolean isComputing(Place place) {
        Deque<Object> computing = COMPUTING.get();
        return computing != null && computing.contains(place);
    }

    private static Deque<Object> enter(Place place) {
        Deque<Object> computing = COMPUTING.get();
        if (computing == null) {
            computing = new ArrayDeque<>();
            COMPUTING.set(computing);
        }
        computing.push(place);
        return computing;
    }

    private static void leave(Deque<Object> computing) {
        Object unused = computing.pop();
        if (computing.isEmpty()) {
            COMPUTING.remove();
        }
    }

    // --- a method whose result comes later ---

    /** One call; the method's result is there when {@link #ran} is set. */
    private final class AsyncCall extends OncePerMiss.Computation<CompletionStage<@Nullable Object>> {
        private final InvocationContext context;
        private final Object key;
        private final Place place;
        private final AsyncKind async;
        private final @Nullable Executor continueOn = AsyncKind.callersContext();
        private volatile boolean ran;
        private volatile @Nullable Object value;

        AsyncCall(InvocationContext context, Object key, Place place, AsyncKind async) {
            this.context = context;
            this.key = key;
            this.place = place;
            this.async = async;
        }

        CompletionStage<@Nullable Object> run(CacheHandle from) {
            CompletionStage<@Nullable Object> running;
            try {
                running =
                        method.caching().skipGet() ? always(from) : from.once().getAsync(key, this, continueOn);
            } catch (Throwable e) {
                running = CompletableFuture.failedStage(e);
            }
            return orElse(running, this::withoutCache);
        }

        private CompletionStage<@Nullable Object> withoutCache(Throwable cause) {
            if (cause == failure || !(cause instanceof RuntimeException e)) {
                return CompletableFuture.failedStage(cause);
            }
            try {
                tolerate(e);
            } catch (RuntimeException thrown) {
                return CompletableFuture.failedStage(thrown);
            }
            return ran ? CompletableFuture.completedStage(value) : withoutCache();
        }

        CompletionStage<@Nullable Object> withoutCache() {
            return method.caching().skipGet()
                    ? proceed()
                    : orElse(
                            services.runs().joinAsync(place, this::proceed),
                            cause -> CompletableFuture.failedStage(
                                    cause instanceof OncePerProcess.JoinedFailure joined
                                            ? Thrown.copy(Objects.requireNonNull(joined.getCause()))
                                            : cause));
        }

        private CompletionStage<@Nullable Object> always(CacheHandle into) {
            return proceed()
                    .thenApplyAsync(
                            result -> {
                                if (result != null) {
                                    into.cache().put(key, result);
                                }
                                return result;
                            },
                            CacheThreads.EXECUTOR);
        }

        @Override
        CompletionStage<@Nullable Object> compute() {
            if (method.caching().exceptionCacheName().isEmpty()) {
                return lead();
            }
            if (continueOn == null) {
                return proceedUnless(cachedException(context, key));
            }
            return CompletableFuture.supplyAsync(() -> new Kept(cachedException(context, key)), CacheThreads.EXECUTOR)
                    .thenComposeAsync(kept -> proceedUnless(kept.exception), continueOn);
        }

        private CompletionStage<@Nullable Object> proceedUnless(@Nullable Throwable kept) {
            if (kept == null) {
                return lead();
            }
            failure = kept;
            return CompletableFuture.failedStage(kept);
        }

        private CompletionStage<@Nullable Object> lead() {
            return services.runs().leadAsync(place, this::proceed);
        }

        private CompletionStage<@Nullable Object> proceed() {
            CompletionStage<@Nullable Object> running;
            try {
                Object returned = context.proceed();
                running = returned == null ? CompletableFuture.completedStage(null) : async.toStage(returned);
            } catch (Throwable e) {
                running = CompletableFuture.failedStage(e);
            }
            return orElse(
                    running.thenApply(result -> {
                        value = result;
                        ran = true;
                        return result;
                    }),
                    this::failed);
        }

        private CompletionStage<@Nullable Object> failed(Throwable cause) {
            failure = cause;
            if (method.caching().exceptionCacheName().isEmpty()) {
                return CompletableFuture.failedStage(cause);
            }
            return CompletableFuture.runAsync(() -> keep(context, key, cause), CacheThreads.EXECUTOR)
                    .thenCompose(kept -> CompletableFuture.<@Nullable Object>failedFuture(cause));
        }
    }

    private record Kept(@Nullable Throwable exception) {}

    private static CompletionStage<@Nullable Object> orElse(
            CompletionStage<@Nullable Object> stage, Function<Throwable, CompletionStage<@Nullable Object>> onFailure) {
        return stage.handle((result, failure) -> failure == null
                        ? CompletableFuture.completedStage(result)
                        : onFailure.apply(AsyncKind.unwrapped(failure)))
                .thenCompose(next -> next);
    }

    // --- cached exceptions ---

    private @Nullable Throwable cachedException(InvocationContext context, Object key) {
        if (method.caching().exceptionCacheName().isEmpty() || method.caching().skipGet()) {
            return null;
        }
        try {
            return exceptions(context).get(key) instanceof Throwable kept ? Thrown.copy(kept) : null;
        } catch (RuntimeException e) {
            tolerateExceptions(e);
            return null;
        }
    }

    private void keep(InvocationContext context, Object key, Throwable exception) {
        if (method.caching().exceptionCacheName().isEmpty()
                || !method.caching().exceptions().matches(exception)) {
            return;
        }
        try {
            putException(context, key, exception);
        } catch (Throwable thrown) {
            if (thrown != exception) {
                exception.addSuppressed(thrown);
            }
        }
    }

    private void putException(InvocationContext context, Object key, Throwable exception) {
        try {
            exceptions(context).put(key, exception);
        } catch (RuntimeException e) {
            tolerateExceptions(e);
        }
    }

    private void tolerateExceptions(RuntimeException failure) {
        services.outages().tolerate(method, method.caching().exceptionCacheName(), failure);
    }

    private Cache<Object, Object> exceptions(InvocationContext context) {
        if (method.caching().resolverFactory() == CacheResolverFactory.class) {
            return services.caches()
                    .get(method.caching().exceptionCacheName(), method)
                    .cache();
        }
        Cache<Object, Object> cache = exceptionResolver().resolveCache(new Invocation(method, context));
        if (cache == null) {
            throw new CacheAnnotationException("the exception cache resolver of "
                    + method.caching().resolverFactory().getName() + " returned null for " + method.describe()
                    + "; let it return the cache, created if need be");
        }
        return cache;
    }

    private CacheResolver exceptionResolver() {
        CacheResolver known = exceptionResolver;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            CacheResolverFactory factory =
                    services.collaborators().get(method.caching().resolverFactory());
            known = required(factory, factory.getExceptionCacheResolver(method.details()));
            exceptionResolver = known;
            return Objects.requireNonNull(known);
        }
    }
}
