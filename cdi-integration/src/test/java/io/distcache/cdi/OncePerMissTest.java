package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inside one process, with any provider. Over processes: {@link OncePerPoolIT}. */
class OncePerMissTest {
    private static final int CALLERS = 16;
    private static final AtomicInteger CALLS = new AtomicInteger();

    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    private Application application;

    static final class NotFound extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotFound(String message) {
            super(message);
        }
    }

    @ApplicationScoped
    static class Slow {
        private final CountDownLatch all = new CountDownLatch(CALLERS);

        void arrived() {
            all.countDown();
        }

        @CacheResult(cacheName = "slow")
        public String answer(String key) throws InterruptedException {
            CALLS.incrementAndGet();
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            if (key.equals("absent")) {
                throw new NotFound("nothing for " + key);
            }
            return key.equals("null") ? null : "answer to " + key;
        }

        @CacheResult(cacheName = "later")
        public CompletableFuture<String> later(String key) {
            CALLS.incrementAndGet();
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return answerTo(key);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        private String answerTo(String key) throws InterruptedException {
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            if (key.equals("absent")) {
                throw new NotFound("nothing for " + key);
            }
            return "answer to " + key;
        }
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        CALLS.set(0);
        application.close();
    }

    private Slow start(boolean reference) {
        application = reference ? Application.onReferenceImplementation(Slow.class) : Application.of(Slow.class);
        return application.get(Slow.class);
    }

    private List<Future<String>> callTogether(Slow slow, String key) {
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            results.add(threads.submit(() -> {
                slow.arrived();
                return slow.answer(key);
            }));
        }
        return results;
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void concurrent_misses_run_the_method_once_and_all_get_its_value(boolean reference) throws Exception {
        for (Future<String> result : callTogether(start(reference), "k")) {
            assertThat(result.get(20, TimeUnit.SECONDS)).isEqualTo("answer to k");
        }
        assertThat(CALLS).hasValue(1);
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void those_who_wait_get_its_exception_of_whatever_class(boolean reference) throws Exception {
        for (Future<String> result : callTogether(start(reference), "absent")) {
            assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(NotFound.class)
                    .hasMessage("nothing for absent");
        }
        // Who comes when the failure has been told computes anew; those who waited do not.
        assertThat(CALLS.get()).isLessThan(CALLERS);
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void those_who_wait_for_nothing_get_null(boolean reference) throws Exception {
        for (Future<String> result : callTogether(start(reference), "null")) {
            assertThat(result.get(20, TimeUnit.SECONDS)).isNull();
        }
        assertThat(CALLS.get()).isLessThan(CALLERS);
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void futures_of_concurrent_misses_come_from_one_call(boolean reference) throws Exception {
        Slow slow = start(reference);
        List<Future<CompletableFuture<String>>> results = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            results.add(threads.submit(() -> {
                CompletableFuture<String> result = slow.later("k");
                slow.arrived();
                return result;
            }));
        }
        for (Future<CompletableFuture<String>> result : results) {
            assertThat(result.get(20, TimeUnit.SECONDS).get(20, TimeUnit.SECONDS))
                    .isEqualTo("answer to k");
        }
        assertThat(CALLS).hasValue(1);
    }
}
