package io.distcache.cdi;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.testing.NodeProcess;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.CacheException;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A cache that is down does not take the application down, and is told. */
class OutageIT {
    private static final List<CacheOutage> OUTAGES = new CopyOnWriteArrayList<>();
    private static final List<CacheOutage> LATER = new CopyOnWriteArrayList<>();
    private static final List<NodeStateChanged> STATES = new CopyOnWriteArrayList<>();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final NodeProcess node = NodeProcess.start();
    private final String uri = node.uri("outage") + "?timeout=1s&connect-timeout=10s";

    @ApplicationScoped
    @CacheDefaults(cacheName = "down")
    static class Service {
        @CacheResult
        public String find(String key) {
            return "found " + key;
        }

        @CacheResult
        public CompletableFuture<String> findLater(String key) {
            return CompletableFuture.completedFuture("found " + key);
        }

        @CacheResult(exceptionCacheName = "failures")
        public String fail(String key) {
            throw new IllegalStateException("its own " + key);
        }

        @CachePut
        public String put(@CacheKey String key, @CacheValue String value) {
            return "put";
        }

        @CacheRemove(afterInvocation = false)
        public String remove(String key) {
            return "removed";
        }

        @CacheRemoveAll
        public String clear() {
            return "cleared";
        }
    }

    @ApplicationScoped
    static class Observer {
        void outage(@Observes CacheOutage outage) {
            OUTAGES.add(outage);
        }

        void outageLater(@ObservesAsync CacheOutage outage) {
            LATER.add(outage);
        }

        void state(@Observes NodeStateChanged change) {
            STATES.add(change);
        }
    }

    @AfterEach
    void stop() {
        System.clearProperty(Settings.ON_FAILURE);
        node.close();
        threads.shutdownNow();
        OUTAGES.clear();
        LATER.clear();
        STATES.clear();
    }

    private Application start() {
        return Application.on(uri, Service.class, Observer.class);
    }

    @Test
    void methods_go_on_without_a_node_that_died_and_it_is_counted_and_fired() throws Exception {
        try (Application application = start()) {
            Service service = application.get(Service.class);
            assertThat(service.find("a")).isEqualTo("found a");
            node.kill();
            long start = System.nanoTime();
            assertThat(service.find("a")).isEqualTo("found a");
            assertThat(service.findLater("a").get(20, TimeUnit.SECONDS)).isEqualTo("found a");
            assertThatThrownBy(() -> service.fail("a")).hasMessage("its own a");
            assertThat(service.put("a", "b")).isEqualTo("put");
            assertThat(service.remove("a")).isEqualTo("removed");
            assertThat(service.clear()).isEqualTo("cleared");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            OutageCounter counter = application.get(OutageCounter.class);
            assertThat(counter.count()).isEqualTo(OUTAGES.size()).isGreaterThanOrEqualTo(6);
            assertThat(counter.count("down")).isGreaterThanOrEqualTo(6);
            assertThat(OUTAGES.get(0).cacheName()).isEqualTo("down");
            assertThat(OUTAGES.get(0).method().getName()).isEqualTo("find");
            assertThat(OUTAGES.get(0).cause()).isInstanceOf(CacheException.class);
            eventually("the asynchronous listener heard of all", () -> LATER.size() == OUTAGES.size());
        }
    }

    private static final int CALLERS = 8;
    private static final Set<Thread.State> WAITS = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    private final List<Thread> calling = new CopyOnWriteArrayList<>();

    @ApplicationScoped
    @CacheDefaults(cacheName = "slow")
    static class Slow {
        final AtomicInteger runs = new AtomicInteger();
        volatile CountDownLatch go = new CountDownLatch(1);

        AtomicInteger runs() {
            return runs;
        }

        void go() {
            go.countDown();
        }

        @CacheResult
        public String find(String key) throws InterruptedException {
            runs.incrementAndGet();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            if (key.equals("bad")) {
                throw new IllegalStateException("its own " + key);
            }
            return "found " + key;
        }

        @CacheResult
        public CompletableFuture<String> findLater(String key) {
            runs.incrementAndGet();
            return CompletableFuture.supplyAsync(() -> {
                try {
                    assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return "found " + key;
            });
        }
    }

    private interface Finder {
        String find(Slow slow) throws Exception;
    }

    /** Lets the method go on when all callers have met the outage. */
    private List<Future<String>> together(Application application, Finder finder) {
        Slow slow = application.get(Slow.class);
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            results.add(threads.submit(() -> {
                calling.add(Thread.currentThread());
                return finder.find(slow);
            }));
        }
        eventually(
                "all callers wait", () -> application.get(OutageCounter.class).count() >= CALLERS && allWait(CALLERS));
        return results;
    }

    /** Whether so many callers wait for the method, or are in it, which waits as well. */
    private boolean allWait(int callers) {
        return calling.size() == callers && calling.stream().allMatch(thread -> WAITS.contains(thread.getState()));
    }

    @Test
    void while_the_node_is_away_those_who_miss_one_key_run_the_method_once() throws Exception {
        node.kill();
        try (Application application = Application.on(uri, Slow.class)) {
            List<Future<String>> results = together(application, slow -> slow.find("a"));
            application.get(Slow.class).go();
            for (Future<String> result : results) {
                assertThat(result.get(20, TimeUnit.SECONDS)).isEqualTo("found a");
            }
            assertThat(application.get(Slow.class).runs()).hasValue(1);
        }
    }

    @Test
    void and_all_of_them_get_what_it_throws() throws Exception {
        node.kill();
        try (Application application = Application.on(uri, Slow.class)) {
            List<Future<String>> results = together(application, slow -> slow.find("bad"));
            application.get(Slow.class).go();
            for (Future<String> result : results) {
                assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("its own bad");
            }
            assertThat(application.get(Slow.class).runs()).hasValue(1);
        }
    }

    @Test
    void futures_come_from_one_run_too() throws Exception {
        node.kill();
        try (Application application = Application.on(uri, Slow.class)) {
            List<Future<String>> results =
                    together(application, slow -> slow.findLater("a").get(20, TimeUnit.SECONDS));
            application.get(Slow.class).go();
            for (Future<String> result : results) {
                assertThat(result.get(20, TimeUnit.SECONDS)).isEqualTo("found a");
            }
            assertThat(application.get(Slow.class).runs()).hasValue(1);
        }
    }

    @Test
    void those_who_waited_for_a_run_when_the_node_died_go_on_waiting_for_it() throws Exception {
        try (Application application = Application.on(uri, Slow.class)) {
            Slow slow = application.get(Slow.class);
            List<Future<String>> results = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                results.add(threads.submit(() -> {
                    calling.add(Thread.currentThread());
                    return slow.find("a");
                }));
            }
            eventually("one runs", () -> slow.runs().get() == 1);
            node.kill();
            eventually(
                    "the others wait",
                    () -> application.get(OutageCounter.class).count() >= CALLERS - 1 && allWait(CALLERS));
            slow.go();
            for (Future<String> result : results) {
                assertThat(result.get(20, TimeUnit.SECONDS)).isEqualTo("found a");
            }
            assertThat(slow.runs()).hasValue(1);
        }
    }

    @Test
    void an_application_starts_and_works_without_its_node() {
        node.kill();
        try (Application application = start()) {
            assertThat(application.get(Service.class).find("a")).isEqualTo("found a");
            assertThat(OUTAGES).hasSize(1);
            eventually(
                    "it is held for down",
                    () -> STATES.stream().anyMatch(s -> s.state() == NodeStateChanged.State.DOWN));
        }
    }

    @Test
    void with_throw_the_method_throws_what_the_cache_threw() {
        System.setProperty(Settings.ON_FAILURE, "throw");
        try (Application application = start()) {
            Service service = application.get(Service.class);
            service.find("a");
            node.kill();
            assertThatThrownBy(() -> service.find("a"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("down");
            assertThat(OUTAGES).isEmpty();
            assertThat(application.get(OutageCounter.class).count()).isZero();
        }
    }

    @Test
    void changes_of_a_nodes_state_are_fired() {
        try (Application application = start()) {
            application.get(Service.class).find("a");
            eventually(
                    "it is healthy again",
                    () -> STATES.stream().anyMatch(s -> s.state() == NodeStateChanged.State.HEALTHY));
            node.kill();
            eventually(
                    "it is held for down",
                    () -> STATES.stream().anyMatch(s -> s.state() == NodeStateChanged.State.DOWN));
            assertThat(STATES).anyMatch(s -> s.state() == NodeStateChanged.State.SUSPECT);
            assertThat(STATES).allMatch(s -> s.node().contains(node.address()));
        }
    }
}
