package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A result that the cache may not hold is the method's result all the same: it is not kept, and whoever waits for it computes its own. */
class RefusedResultTest {
    private final Application application = Application.of(Service.class);
    private final Service service = application.get(Service.class);

    /** Nothing declares it: the method's type is Object. */
    record Undeclared(String key, int call) {}

    @ApplicationScoped
    @CacheDefaults(cacheName = "refused-results")
    static class Service {
        private final AtomicInteger calls = new AtomicInteger();

        @CacheResult
        public Object find(String key) {
            return new Undeclared(key, calls.incrementAndGet());
        }

        @CacheResult
        public CompletableFuture<Object> findLater(String key) {
            return CompletableFuture.supplyAsync(() -> new Undeclared(key, calls.incrementAndGet()));
        }

        @CacheResult
        public String byKey(Object key) {
            return "v" + calls.incrementAndGet();
        }

        public int calls() {
            return calls.get();
        }
    }

    @AfterEach
    void close() {
        application.close();
    }

    @Test
    void the_method_runs_each_time_and_its_result_is_returned() throws Exception {
        assertThat(service.find("a")).isEqualTo(new Undeclared("a", 1));
        assertThat(service.find("a")).isEqualTo(new Undeclared("a", 2));
        assertThat(service.findLater("a").get(20, TimeUnit.SECONDS)).isEqualTo(new Undeclared("a", 3));
        assertThat(service.findLater("a").get(20, TimeUnit.SECONDS)).isEqualTo(new Undeclared("a", 4));
    }

    @Test
    void so_it_does_for_a_key_that_the_cache_may_not_hold() {
        assertThat(service.byKey(new Undeclared("k", 1))).isEqualTo("v1");
        assertThat(service.byKey(new Undeclared("k", 1))).isEqualTo("v2");
    }

    @Test
    void callers_at_the_same_time_each_get_a_result_of_their_own() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Object>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(() -> service.find("b")));
            }
            List<Object> found = new ArrayList<>();
            for (Future<Object> result : results) {
                found.add(result.get(20, TimeUnit.SECONDS));
            }
            assertThat(found).doesNotHaveDuplicates().hasSize(4);
        } finally {
            threads.shutdownNow();
        }
        assertThat(service.calls()).isEqualTo(4);
    }
}
