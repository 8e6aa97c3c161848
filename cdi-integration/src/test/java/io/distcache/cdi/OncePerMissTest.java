package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inside one process, with any provider. Over processes: {@link OncePerPoolIT}. */
class OncePerMissTest {
    private static final int CALLERS = 16;
    private static final int LOOKS = 20;
    private static final Set<Thread.State> WAITS = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);
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
        private final CountDownLatch go = new CountDownLatch(1);

        void go() {
            go.countDown();
        }

        @CacheResult(cacheName = "slow")
        public String answer(String key) throws InterruptedException {
            CALLS.incrementAndGet();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
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
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
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

    /** Lets the method go on when one thread is in it and all others wait for that one. */
    private List<Future<String>> callTogether(Slow slow, String key) {
        List<Thread> calling = new CopyOnWriteArrayList<>();
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            results.add(threads.submit(() -> {
                calling.add(Thread.currentThread());
                return slow.answer(key);
            }));
        }
        // Several looks in a row: a thread may also wait for another one that loads a class, and goes on between two
        // looks.
        for (int looks = 0; looks < LOOKS; looks++) {
            LockSupport.parkNanos(1_000_000);
            if (calling.size() < CALLERS
                    || CALLS.get() == 0
                    || calling.stream().anyMatch(thread -> !WAITS.contains(thread.getState()))) {
                looks = -1;
            }
        }
        slow.go();
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
        assertThat(CALLS).hasValue(1);
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void those_who_wait_for_nothing_get_null(boolean reference) throws Exception {
        for (Future<String> result : callTogether(start(reference), "null")) {
            assertThat(result.get(20, TimeUnit.SECONDS)).isNull();
        }
        assertThat(CALLS).hasValue(1);
    }

    @ParameterizedTest(name = "reference implementation: {0}")
    @ValueSource(booleans = {false, true})
    void futures_of_concurrent_misses_come_from_one_call(boolean reference) throws Exception {
        Slow slow = start(reference);
        List<Future<CompletableFuture<String>>> results = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            results.add(threads.submit(() -> {
                CompletableFuture<String> result = slow.later("k");
                return result;
            }));
        }
        List<CompletableFuture<String>> futures = new ArrayList<>();
        for (Future<CompletableFuture<String>> result : results) {
            futures.add(result.get(20, TimeUnit.SECONDS));
        }
        slow.go();
        for (CompletableFuture<String> future : futures) {
            assertThat(future.get(20, TimeUnit.SECONDS)).isEqualTo("answer to k");
        }
        assertThat(CALLS).hasValue(1);
    }
}
