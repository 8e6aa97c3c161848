package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However a connection is lost, calls end in time and say what may have happened, and the client finds back by itself. */
class ConnectionLostIT {
    private static final long CALL_LIMIT_MILLIS = 1000;
    private static final long MARGIN_MILLIS = 700;

    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static NodeProcess node;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private FaultyLink link;
    private CacheManager manager;
    private Cache<String, String> cache;

    @BeforeAll
    static void startNode() {
        node = NodeProcess.start();
    }

    @AfterAll
    static void stopNode() {
        node.close();
    }

    @BeforeEach
    void start() {
        link = new FaultyLink(node.port());
        manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://127.0.0.1:" + link.port() + "/lost-" + NAMESPACES.incrementAndGet()
                                + "?timeout=" + CALL_LIMIT_MILLIS + "ms"),
                        ConnectionLostIT.class.getClassLoader());
        cache = manager.createCache(
                "lost", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
        cache.put("key", "before");
    }

    @AfterEach
    void stop() {
        link.thaw();
        manager.close();
        link.close();
        threads.shutdownNow();
    }

    /** How a call ended. */
    private record End(Throwable failure, long millis) {}

    private Future<End> started(Runnable call) {
        return threads.submit(() -> ended(call));
    }

    private static End ended(Runnable call) {
        long start = System.nanoTime();
        Throwable failure = null;
        try {
            call.run();
        } catch (Throwable e) {
            failure = e;
        }
        return new End(failure, (System.nanoTime() - start) / 1_000_000);
    }

    private static void assertFailed(End end, Class<? extends Throwable> cause) {
        assertThat(end.failure()).isInstanceOf(CacheException.class).hasCauseInstanceOf(cause);
        assertThat(end.millis()).isLessThan(CALL_LIMIT_MILLIS + MARGIN_MILLIS);
    }

    private void assertWorksAgain() {
        long start = System.nanoTime();
        eventually(() -> {
            cache.put("key", "after");
            assertThat(cache.get("key")).isEqualTo("after");
        });
        System.out.println("calls work again " + (System.nanoTime() - start) / 1_000_000 + " ms later");
    }

    @Test
    void changes_in_flight_when_the_connection_is_cut_may_have_happened_and_say_so() throws Exception {
        List<Runnable> changes = List.of(
                () -> cache.put("key", "during"),
                () -> cache.getAndPut("key", "during"),
                () -> cache.putIfAbsent("new", "during"),
                () -> cache.replace("key", "before", "during"),
                () -> cache.remove("key"),
                () -> cache.putAll(Map.of("key", "during", "other", "during")),
                () -> cache.removeAll(Set.of("key", "other")),
                () -> cache.clear());
        for (Runnable change : changes) {
            assertFailed(lostInFlight(change), IndeterminateException.class);
            assertWorksAgain();
        }
    }

    @Test
    void reads_in_flight_when_the_connection_is_cut_changed_nothing_and_say_so() throws Exception {
        List<Runnable> reads = List.of(
                () -> cache.get("key"),
                () -> cache.getAll(Set.of("key", "other")),
                () -> cache.containsKey("key"),
                () -> cache.forEach(entry -> {}));
        for (Runnable read : reads) {
            assertFailed(lostInFlight(read), UnreachableException.class);
            assertWorksAgain();
        }
    }

    @Test
    void an_entry_processor_cut_off_before_it_ran_changed_nothing_and_after_it_ran_may_have() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        assertFailed(
                lostInFlight(() -> cache.invoke("key", (entry, arguments) -> runs.incrementAndGet())),
                UnreachableException.class);
        assertThat(runs).hasValue(0);
        assertWorksAgain();

        CountDownLatch isFrozen = new CountDownLatch(1);
        Future<End> invoked = started(() -> cache.invoke("key", (entry, arguments) -> {
            link.freeze();
            isFrozen.countDown();
            entry.setValue("during");
            return null;
        }));
        assertThat(isFrozen.await(10, TimeUnit.SECONDS)).isTrue();
        eventually(() -> assertThat(link.held()).isPositive());
        link.cut();
        assertFailed(invoked.get(10, TimeUnit.SECONDS), IndeterminateException.class);
        assertWorksAgain();
    }

    private End lostInFlight(Runnable call) throws Exception {
        link.freeze();
        Future<End> end = started(call);
        eventually(() -> assertThat(link.held()).isPositive());
        link.cut();
        return end.get(10, TimeUnit.SECONDS);
    }

    @Test
    void calls_over_a_silent_connection_end_at_their_time_limit_and_go_on_when_it_speaks_again() throws Exception {
        link.freeze();
        Future<End> change = started(() -> cache.put("key", "during"));
        eventually(() -> assertThat(link.held()).isPositive());
        End read = started(() -> cache.get("key")).get(10, TimeUnit.SECONDS);
        assertFailed(change.get(10, TimeUnit.SECONDS), IndeterminateException.class);
        assertFailed(read, UnreachableException.class);
        assertThat(read.millis()).isGreaterThanOrEqualTo(CALL_LIMIT_MILLIS);
        link.thaw();
        assertWorksAgain();
    }

    @Test
    void a_connection_that_stays_silent_is_given_up_and_replaced() {
        long start = System.nanoTime();
        link.freezePresent();
        eventually(() -> assertThat(cache.get("key")).isEqualTo("before"));
        System.out.println("a silent connection was replaced after " + (System.nanoTime() - start) / 1_000_000 + " ms");
    }

    @Test
    void a_connection_closed_one_way_is_replaced_whichever_way() {
        link.endTowardsClients();
        assertWorksAgain();
        link.endTowardsNode();
        assertWorksAgain();
    }

    @Test
    void many_calls_through_repeated_cuts_all_end_in_time_and_the_last_change_stands() throws Exception {
        int callers = 8;
        AtomicBoolean over = new AtomicBoolean();
        Queue<End> ends = new ConcurrentLinkedQueue<>();
        List<Future<String>> last = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            String key = "caller-" + i;
            last.add(threads.submit(() -> {
                for (int n = 0; !over.get(); n++) {
                    String value = Integer.toString(n);
                    ends.add(ended(() -> cache.put(key, value)));
                }
                eventually(() -> cache.put(key, "last"));
                return key;
            }));
        }
        for (int cuts = 0; cuts < 20; cuts++) {
            int before = ends.size();
            eventually(() -> assertThat(ends.size()).isGreaterThan(before + 500));
            link.cut();
        }
        int before = ends.size();
        eventually(() -> assertThat(ends.size()).isGreaterThan(before + 500));
        over.set(true);
        for (int i = 0; i < callers; i++) {
            String key = last.get(i).get(30, TimeUnit.SECONDS);
            assertThat(cache.get(key)).isEqualTo("last");
        }
        long failed = ends.stream().filter(end -> end.failure() != null).count();
        assertThat(failed).isPositive();
        assertThat(ends).allSatisfy(end -> {
            assertThat(end.millis()).isLessThan(CALL_LIMIT_MILLIS + MARGIN_MILLIS);
            if (end.failure() != null) {
                assertThat(end.failure()).isInstanceOf(CacheException.class);
                assertThat(end.failure().getCause())
                        .isInstanceOfAny(IndeterminateException.class, UnreachableException.class);
            }
        });
        System.out.println("20 cuts: " + ends.size() + " calls, " + failed + " failed, the longest took "
                + ends.stream().mapToLong(End::millis).max().orElse(0) + " ms");
    }

    @Test
    void while_a_node_is_away_for_long_calls_fail_at_once_and_work_when_it_is_back() {
        link.cutForGood();
        eventually(() -> {
            End end = ended(() -> cache.put("key", "away"));
            assertFailed(end, UnreachableException.class);
            assertThat(end.millis()).isLessThan(50);
        });
        link.mend();
        assertWorksAgain();
    }

    @Test
    void a_node_that_was_killed_and_came_back_empty_gets_its_caches_again_and_calls_go_on() {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Factory<CacheEntryCreatedListener<String, String>> listeners =
                () -> events -> events.forEach(event -> heard.add(event.getKey()));
        cache.registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(listeners, null, false, false));
        int port = node.port();
        node.kill();
        assertThat(ended(() -> cache.put("key", "away")).failure())
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(DistCacheException.class);
        node = NodeProcess.start(List.of(), port);
        long start = System.nanoTime();
        eventually(() -> assertThat(cache.get("key")).isNull());
        System.out.println(
                "calls go on " + (System.nanoTime() - start) / 1_000_000 + " ms after the node was ready again");
        assertWorksAgain();
        eventually(() -> assertThat(heard).contains("key"));
    }
}
