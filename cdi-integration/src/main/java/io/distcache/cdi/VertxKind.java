package io.distcache.cdi;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Methods that return Vert.x futures. The only class that needs Vert.x; used only if it is there. Stateless. */
final class VertxKind extends AsyncKind {

    @Override
    @SuppressWarnings("unchecked") // what it completes with goes into a cache of objects
    CompletionStage<@Nullable Object> toStage(Object returned) {
        return ((Future<@Nullable Object>) returned).toCompletionStage();
    }

    @Override
    Object fromStage(CompletionStage<@Nullable Object> stage) {
        Context context = Vertx.currentContext();
        return context == null ? Future.fromCompletionStage(stage) : Future.fromCompletionStage(stage, context);
    }

    static @Nullable Executor currentContext() {
        Context context = Vertx.currentContext();
        return context == null ? null : task -> context.runOnContext(nothing -> task.run());
    }
}
