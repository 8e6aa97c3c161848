package io.distcache.cdi;

import jakarta.interceptor.InvocationContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/** {@code @CachePut}, {@code @CacheRemove} and {@code @CacheRemoveAll}: a change of the cache before or after the method. */
final class ChangeOperation extends Operation {
    private final Caching.Kind kind;

    ChangeOperation(CacheMethod method, CachingServices services) {
        super(method, services);
        this.kind = method.caching().kind();
    }

    @Override
    @Nullable
    Object around(InvocationContext context) throws Exception {
        if (kind != Caching.Kind.REMOVE_ALL) {
            checkKey(context);
        }
        if (kind == Caching.Kind.PUT) {
            Object unused = method.parameters().value(context.getParameters());
        }
        if (!method.caching().afterInvocation()) {
            change(context);
            return context.proceed();
        }
        Object result;
        try {
            result = context.proceed();
        } catch (Throwable e) {
            changeAfter(context, e);
            throw e;
        }
        AsyncKind async = method.async();
        if (async != null && result != null) {
            return async.fromStage(later(context, async.toStage(result)));
        }
        change(context);
        return result;
    }

    /** On a thread of its own: the cache is waited for, and the thread that completes the method may be an event loop. */
    private CompletionStage<@Nullable Object> later(
            InvocationContext context, CompletionStage<@Nullable Object> running) {
        return running.handleAsync(
                        (value, failure) -> {
                            if (failure != null) {
                                Throwable cause = AsyncKind.unwrapped(failure);
                                changeAfter(context, cause);
                                return CompletableFuture.<@Nullable Object>failedStage(cause);
                            }
                            change(context);
                            return CompletableFuture.completedStage(value);
                        },
                        CacheThreads.EXECUTOR)
                .thenCompose(stage -> stage);
    }

    private void changeAfter(InvocationContext context, Throwable failure) {
        if (method.caching().exceptions().matches(failure)) {
            try {
                change(context);
            } catch (Throwable alsoFailed) {
                if (alsoFailed != failure) {
                    failure.addSuppressed(alsoFailed);
                }
            }
        }
    }

    private void change(InvocationContext context) {
        Object key = kind == Caching.Kind.REMOVE_ALL ? null : key(context);
        Object value = kind == Caching.Kind.PUT ? method.parameters().value(context.getParameters()) : null;
        try {
            Cache<Object, Object> cache = cache(context).cache();
            if (key == null) {
                cache.removeAll();
            } else if (value == null) {
                boolean unused = cache.remove(key);
            } else {
                cache.put(key, value);
            }
        } catch (RuntimeException e) {
            tolerate(e);
        }
    }
}
