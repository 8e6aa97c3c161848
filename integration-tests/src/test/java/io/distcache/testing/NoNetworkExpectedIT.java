package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.client.Keyspace;
import io.distcache.jcache.DistCacheConfiguration;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What needs no node does not wait for one, nor for another thread that does: its call takes less than the call timeout of 2 s. */
class NoNetworkExpectedIT {
    private static final long BOUND_MILLIS = 1000;

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();

    @AfterEach
    void close() {
        Caching.getCachingProvider().close();
    }

    @Test
    void a_frozen_node_keeps_no_thread_that_needs_it_not() throws Exception {
        try (NodeProcess node = NodeProcess.start()) {
            CacheManager manager = Caching.getCachingProvider().getCacheManager(node.uri("frozen"), null);
            Cache<String, String> open = manager.createCache("open", new MutableConfiguration<>());
            node.pause();
            CompletableFuture<Void> creating = started(() -> manager.createCache("new", new MutableConfiguration<>()));
            CompletableFuture<Void> getting = started(() -> manager.getCache("unknown"));

            atOnce("getCache", () -> manager.getCache("open"));
            atOnce("getCacheNames", manager::getCacheNames);
            atOnce("unwrap", () -> manager.unwrap(DistCacheClient.class));
            atOnce("enableStatistics", () -> {
                manager.enableStatistics("open", true);
                return null;
            });
            atOnce("enableManagement", () -> {
                manager.enableManagement("open", true);
                return null;
            });
            atOnce("the same manager", () -> Caching.getCachingProvider().getCacheManager(node.uri("frozen"), null));
            atOnce("closing a cache", () -> {
                open.close();
                return null;
            });
            assertThat(creating).as("still asks the node").isNotDone();
            assertThat(getting).isNotDone();
            atOnce("close", () -> {
                manager.close();
                return null;
            });
            node.resume();
            ended(creating);
            ended(getting);
            assertThat(manager.isClosed()).isTrue();
        }
    }

    @Test
    void a_manager_that_connects_can_be_looked_at_and_closed_meanwhile() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            URI uri = URI.create("distcache://127.0.0.1:" + silent.getLocalPort() + "/silent");
            CacheManager manager = Caching.getCachingProvider().getCacheManager(uri, null);
            CompletableFuture<Void> connecting =
                    started(() -> manager.createCache("new", new MutableConfiguration<>()));

            atOnce("getCacheNames", manager::getCacheNames);
            atOnce("enableStatistics", () -> {
                manager.enableStatistics("none", true);
                return null;
            });
            assertThat(connecting).isNotDone();
            atOnce("close", () -> {
                manager.close();
                return null;
            });
            ended(connecting);
        }
    }

    @Test
    void beans_answer_from_memory() throws Exception {
        try (NodeProcess node = NodeProcess.start()) {
            CacheManager manager = Caching.getCachingProvider().getCacheManager(node.uri("beans"), null);
            DistCacheConfiguration<String, String> small = new DistCacheConfiguration<String, String>().maxEntries(64);
            small.setTypes(String.class, String.class);
            small.setStatisticsEnabled(true);
            small.setManagementEnabled(true);
            Cache<String, String> cache = manager.createCache("c", small);
            for (int i = 0; i < 2000; i++) {
                cache.put("key " + i, "value");
            }
            eventually(() -> assertThat(evictions()).isPositive());
            node.pause();

            for (ObjectName bean : beans.queryNames(new ObjectName("javax.cache:*"), null)) {
                atOnce(bean.toString(), () -> beans.getAttributes(bean, attributes(bean)));
            }
            for (ObjectName bean : beans.queryNames(new ObjectName("io.distcache:*"), null)) {
                atOnce(bean.toString(), () -> beans.getAttributes(bean, attributes(bean)));
            }
            assertThat(evictions()).as("what was known").isPositive();
            node.resume();
        }
    }

    private long evictions() throws Exception {
        for (ObjectName bean : beans.queryNames(new ObjectName("javax.cache:type=CacheStatistics,*"), null)) {
            return (long) beans.getAttribute(bean, "CacheEvictions");
        }
        throw new AssertionError("no bean");
    }

    private String[] attributes(ObjectName bean) throws Exception {
        return java.util.Arrays.stream(beans.getMBeanInfo(bean).getAttributes())
                .map(javax.management.MBeanFeatureInfo::getName)
                .toArray(String[]::new);
    }

    @Test
    void a_listener_is_deregistered_while_the_node_is_away() throws Exception {
        try (NodeProcess node = NodeProcess.start()) {
            CacheManager manager = Caching.getCachingProvider().getCacheManager(node.uri("away"), null);
            Cache<String, String> cache = manager.createCache(
                    "c", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
            CacheEntryCreatedListener<String, String> listener = events -> {};
            MutableCacheEntryListenerConfiguration<String, String> configuration =
                    new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true);
            cache.registerCacheEntryListener(configuration);
            node.pause();

            atOnce("deregister", () -> {
                cache.deregisterCacheEntryListener(configuration);
                return null;
            });
            node.resume();
            eventually(() -> cache.put("k", "v"));
        }
    }

    @Test
    void many_that_want_what_cannot_be_reached_wait_no_longer_than_a_few() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                NodeProcess node = NodeProcess.start()) {
            URI uri = URI.create("distcache://127.0.0.1:" + silent.getLocalPort() + "/silent?connect-timeout=1s");
            CacheManager connecting = Caching.getCachingProvider().getCacheManager(uri, null);
            inTimeForAll(
                    "those who want a manager that connects",
                    i -> connecting.createCache("c" + i, new MutableConfiguration<>()));

            CacheManager frozen = Caching.getCachingProvider().getCacheManager(node.uri("frozen"), null);
            frozen.createCache("open", new MutableConfiguration<>());
            node.pause();
            inTimeForAll("those who want a cache of a frozen node", i -> frozen.getCache("unknown"));
            Keyspace entries = frozen.unwrap(DistCacheClient.class).keyspace("frozen", "entries");
            inTimeForAll("those who want entries of a frozen node", i -> entries.get("k" + i));
            node.resume();
        }
    }

    /** All fail, together in less time than one after the other, if each call takes a second and more. */
    private static void inTimeForAll(String what, IntFunction<?> call) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 16; i++) {
            int number = i;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        Object unused = call.apply(number);
                    },
                    task -> new Thread(task).start()));
        }
        all.forEach(one -> assertThat(one).failsWithin(60, TimeUnit.SECONDS));
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println("no network: all of 16, " + what + ", failed after " + millis + " ms");
        assertThat(millis).as(what).isLessThan(10_000);
    }

    private static CompletableFuture<Void> started(Callable<?> action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            begun.complete(null);
            try {
                Object unused = action.call();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        thread.start();
        begun.join();
        // Until it waits for the network, or for whoever does.
        eventually(() -> assertThat(thread.getState()).isIn(Thread.State.TIMED_WAITING, Thread.State.WAITING));
        return done;
    }

    private static void ended(CompletableFuture<Void> done) throws Exception {
        try {
            done.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOfAny(CacheException.class, IllegalStateException.class);
        }
    }

    private static void atOnce(String what, Callable<?> action) throws Exception {
        long start = System.nanoTime();
        Object unused = action.call();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                .as(what + ", ms")
                .isLessThan(BOUND_MILLIS);
    }
}
