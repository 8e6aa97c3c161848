package io.distcache.cdi;

import io.vertx.core.Future;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.InterceptionType;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheResult;

/** A process of {@link OpenWebBeansIT}. */
final class OpenWebBeansApplication {
    private OpenWebBeansApplication() {}

    /** A bean. */
    @ApplicationScoped
    public static class Counter {
        private final AtomicInteger calls = new AtomicInteger();

        /** Counts. */
        @CacheResult(cacheName = "counted")
        public int count(String key) {
            return calls.incrementAndGet();
        }

        /** Counts, and gives a future of the application's own Vert.x. */
        @CacheResult(cacheName = "later")
        public Future<Integer> later(String key) {
            return Future.succeededFuture(calls.incrementAndGet());
        }
    }

    /** What a bean implements. */
    public interface Finder {
        /** Counts. */
        @CacheResult(cacheName = "found")
        int find(String key);
    }

    /** A bean that has its annotation from an interface. */
    @Dependent
    public static class Found implements Finder {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public int find(String key) {
            return calls.incrementAndGet();
        }
    }

    /** Takes no arguments. */
    public static void main(String[] arguments) throws Exception {
        try (SeContainer container = SeContainerInitializer.newInstance().initialize()) {
            Counter counter = container.select(Counter.class).get();
            System.out.println("cached: " + counter.count("a") + " " + counter.count("a"));
            Finder finder = container.select(Found.class).get();
            System.out.println("inherited: " + finder.find("a") + " " + finder.find("a"));
            int first =
                    counter.later("b").toCompletionStage().toCompletableFuture().get();
            int second =
                    counter.later("b").toCompletionStage().toCompletableFuture().get();
            System.out.println("future: " + (first == second) + " of "
                    + Future.class.getProtectionDomain().getCodeSource().getLocation());
            BeanManager beans = container.getBeanManager();
            System.out.println("interceptors: "
                    + beans.resolveInterceptors(
                                    InterceptionType.AROUND_INVOKE,
                                    Counter.class
                                            .getMethod("count", String.class)
                                            .getAnnotation(CacheResult.class))
                            .size());
        }
        System.exit(0);
    }
}
