package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AsyncTest {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private final Application application = Application.of(Later.class);
    private final Later later = application.get(Later.class);

    @ApplicationScoped
    static class Later {
        @CacheResult(cacheName = "values")
        public CompletionStage<String> stage(String key) {
            CALLS.incrementAndGet();
            return CompletableFuture.supplyAsync(() -> "value of " + key);
        }

        @CacheResult(cacheName = "values")
        public CompletableFuture<String> future(String key) {
            CALLS.incrementAndGet();
            return CompletableFuture.completedFuture(null);
        }

        @CacheResult(cacheName = "values")
        public Future<String> vertx(String key) {
            CALLS.incrementAndGet();
            return Future.succeededFuture("value of " + key);
        }

        @CacheResult(cacheName = "failing", exceptionCacheName = "failures")
        public CompletionStage<String> failing(String key) {
            CALLS.incrementAndGet();
            return CompletableFuture.supplyAsync(() -> {
                throw new IllegalStateException("no " + key);
            });
        }

        @CacheResult(cacheName = "failing", exceptionCacheName = "failures")
        public Future<String> failingVertx(String key) {
            CALLS.incrementAndGet();
            return Future.failedFuture(new IllegalStateException("no " + key));
        }

        @CacheResult(cacheName = "values", skipGet = true)
        public CompletionStage<String> always(String key) {
            return CompletableFuture.supplyAsync(() -> "value " + CALLS.incrementAndGet());
        }

        @CachePut(cacheName = "values")
        public CompletionStage<Void> put(String key, @CacheValue String value) {
            return CompletableFuture.runAsync(() -> {});
        }

        @CacheRemove(cacheName = "values", noEvictFor = IllegalStateException.class)
        public CompletionStage<Void> remove(@CacheKey String key, RuntimeException failure) {
            return CompletableFuture.runAsync(() -> {
                if (failure != null) {
                    throw failure;
                }
            });
        }
    }

    @AfterEach
    void close() {
        CALLS.set(0);
        application.close();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void the_value_is_cached_and_not_the_future() throws Exception {
        assertThat(get(later.stage("k"))).isEqualTo("value of k");
        assertThat(get(later.stage("k"))).isEqualTo("value of k");
        assertThat(get(later.future("k"))).isEqualTo("value of k");
        assertThat(get(later.vertx("k").toCompletionStage())).isEqualTo("value of k");
        assertThat(CALLS).hasValue(1);
        assertThat(application.cache("values").get(CallKey.of("k"))).isEqualTo("value of k");
    }

    @Test
    void a_future_of_null_is_not_cached() throws Exception {
        assertThat(get(later.future("k"))).isNull();
        assertThat(get(later.future("k"))).isNull();
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void a_failed_one_is_cached_as_the_exception_it_carries() {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> get(later.failing("k")))
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no k");
            assertThatThrownBy(() -> get(later.failingVertx("v").toCompletionStage()))
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no v");
        }
        assertThat(CALLS).hasValue(2);
        assertThat(application.cache("failing")).isEmpty();
    }

    @Test
    void skipGet_stores_what_comes() throws Exception {
        assertThat(get(later.always("k"))).isEqualTo("value 1");
        assertThat(get(later.always("k"))).isEqualTo("value 2");
        assertThat(get(later.stage("k"))).isEqualTo("value 2");
    }

    @Test
    void changes_are_made_when_the_future_has_ended_well_or_with_an_exception_that_counts() throws Exception {
        get(later.put("k", "put"));
        assertThat(get(later.stage("k"))).isEqualTo("put");
        assertThatThrownBy(() -> get(later.remove("k", new IllegalStateException())))
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(get(later.stage("k"))).isEqualTo("put");
        assertThatThrownBy(() -> get(later.remove("k", new IllegalArgumentException())))
                .hasCauseInstanceOf(IllegalArgumentException.class);
        assertThat(application.cache("values")).isEmpty();
        get(later.put("k", "put"));
        get(later.remove("k", null));
        assertThat(application.cache("values")).isEmpty();
    }

    @Test
    void on_an_event_loop_of_Vertx_the_future_completes_there() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<Boolean> sameContext = new CompletableFuture<>();
                Context context = vertx.getOrCreateContext();
                context.runOnContext(nothing -> later.vertx("k").onComplete(result -> {
                    boolean same = Vertx.currentContext() == context;
                    sameContext.complete(same && "value of k".equals(result.result()));
                }));
                assertThat(sameContext.get(20, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(CALLS).hasValue(1);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }
}
