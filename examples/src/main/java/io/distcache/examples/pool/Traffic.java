package io.distcache.examples.pool;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * Threads that write through JCache without an end: each counts one hot counter up by an entry processor, and puts an entry that was not
 * there before. They write down what was acknowledged, what failed, and for how long nobody could write. Thread-safe.
 */
final class Traffic {
    static final String HOT_KEY = "visits";
    static final int THREADS = 4;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int ENTRIES_PER_LOOK = 1000;

    private final Cache<String, Long> counters;
    private final Cache<String, Long> orders;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong[] acknowledgedOrders = new AtomicLong[THREADS];
    private final Set<String> failedOrders = new HashSet<>();

    private volatile boolean isOver;
    private long increments;
    private long puts;
    private long failed;
    private String firstFailure = "";
    private long lastSuccess = System.nanoTime();
    private long longestPause;
    private long longestCall;

    Traffic(CacheManager manager) {
        counters = manager.createCache(
                "counters", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
        orders = manager.createCache(
                "orders", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
        for (int thread = 0; thread < THREADS; thread++) {
            int self = thread;
            acknowledgedOrders[thread] = new AtomicLong();
            threads.add(new Thread(() -> write(self), "writer-" + thread));
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    private void write(int self) {
        for (long order = 0; !isOver; order++) {
            String key = "order-" + self + "-" + order;
            long number = order;
            if (isDone(() -> orders.put(key, number))) {
                succeeded(false);
            } else {
                failedOrder(key);
            }
            acknowledgedOrders[self].set(order + 1);
            if (isDone(Traffic.this::increment)) {
                succeeded(true);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void increment() {
        counters.invoke(HOT_KEY, (entry, arguments) -> {
            entry.setValue(entry.exists() ? entry.getValue() + 1 : 1L);
            return null;
        });
    }

    private boolean isDone(Runnable call) {
        long began = System.nanoTime();
        try {
            call.run();
            return true;
        } catch (CacheException e) {
            failed(e);
            return false;
        } finally {
            took(System.nanoTime() - began);
        }
    }

    private synchronized void took(long nanos) {
        longestCall = Math.max(longestCall, nanos);
    }

    private synchronized void succeeded(boolean isIncrement) {
        if (!isIncrement) {
            puts++;
            return;
        }
        increments++;
        long now = System.nanoTime();
        longestPause = Math.max(longestPause, now - lastSuccess);
        lastSuccess = now;
    }

    private synchronized void failed(CacheException why) {
        failed++;
        if (firstFailure.isEmpty()) {
            firstFailure = String.valueOf(why.getCause() == null ? why : why.getCause());
        }
    }

    private synchronized void failedOrder(String key) {
        failedOrders.add(key);
    }

    /** What has been measured begins here. */
    synchronized void measureAnew() {
        longestPause = 0;
        longestCall = 0;
        lastSuccess = System.nanoTime();
    }

    synchronized long increments() {
        return increments;
    }

    synchronized long puts() {
        return puts;
    }

    synchronized long failed() {
        return failed;
    }

    synchronized String firstFailure() {
        return firstFailure;
    }

    /** The longest time in which the hot counter could not be written by anybody, that which lasts included. */
    synchronized long longestPauseMillis() {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(longestPause, System.nanoTime() - lastSuccess));
    }

    synchronized long longestCallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(longestCall);
    }

    /** Ends it, when the calls that are under way have ended. */
    void stop() throws InterruptedException {
        isOver = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** What the hot counter is. */
    long counter() {
        Long value = counters.get(HOT_KEY);
        return value == null ? 0 : value;
    }

    /** How many of the puts that were acknowledged are not there. */
    long lostPuts() {
        long lost = 0;
        for (int thread = 0; thread < THREADS; thread++) {
            long end = acknowledgedOrders[thread].get();
            for (long from = 0; from < end; from += ENTRIES_PER_LOOK) {
                Set<String> keys = new HashSet<>();
                for (long order = from; order < Math.min(end, from + ENTRIES_PER_LOOK); order++) {
                    keys.add("order-" + thread + "-" + order);
                }
                synchronized (this) {
                    keys.removeAll(failedOrders);
                }
                keys.removeAll(orders.getAll(keys).keySet());
                lost += keys.size();
            }
        }
        return lost;
    }
}
