package io.distcache.cdi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How a method returns what it will have later. Stateless. */
abstract class AsyncKind {
    private static final String VERTX_FUTURE = "io.vertx.core.Future";
    private static final boolean VERTX_IS_PRESENT = isPresent(VERTX_FUTURE);

    private static boolean isPresent(String className) {
        try {
            Class<?> unused = Class.forName(className, false, AsyncKind.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** The kind of methods that return {@code type}; null for those whose result comes at once. */
    static @Nullable AsyncKind of(Class<?> type) {
        if (type == CompletionStage.class || type == CompletableFuture.class) {
            return new Stage();
        }
        return VERTX_IS_PRESENT && type.getName().equals(VERTX_FUTURE) ? new VertxKind() : null;
    }

    /** What the method returned. */
    abstract CompletionStage<@Nullable Object> toStage(Object returned);

    /** What the caller gets. */
    abstract Object fromStage(CompletionStage<@Nullable Object> stage);

    /** Where callers on an event loop want to go on; null on a thread that may wait. */
    static @Nullable Executor callersContext() {
        return VERTX_IS_PRESENT ? VertxKind.currentContext() : null;
    }

    /** The exception of the computation, without the wrapper of stages. */
    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static final class Stage extends AsyncKind {
        @Override
        @SuppressWarnings("unchecked") // what it completes with goes into a cache of objects
        CompletionStage<@Nullable Object> toStage(Object returned) {
            return (CompletionStage<@Nullable Object>) returned;
        }

        @Override
        Object fromStage(CompletionStage<@Nullable Object> stage) {
            return stage.toCompletableFuture();
        }
    }
}
