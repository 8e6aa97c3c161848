package io.distcache.testing;

import io.distcache.client.IndeterminateException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheException;

/**
 * Threads that read and write entries of a cache, through several clients, and take note of each call's time, of how it failed, and of
 * what must not be: a value that had been overwritten, before the read began, by a write that was acknowledged. Each key has one writer at a
 * time, whose values ascend; a miss is always allowed. Thread-safe.
 */
final class PoolLoad implements AutoCloseable {
    private static final int KEYS = 400;
    /** After four calls of a thread. It leaves the processors to others, as speed does not matter here; the proofs pause less. */
    private static final long PAUSE_NANOS =
            TimeUnit.MICROSECONDS.toNanos(Long.getLong("distcache.testing.pool-load-pause-micros", 70_000));

    private final List<Cache<Integer, Long>> clients;
    private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
    private final AtomicLongArray written = new AtomicLongArray(KEYS);
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
    private final LongAdder calls = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final AtomicLong lastFailureNanos = new AtomicLong(Long.MIN_VALUE);
    private final List<long[]> times = new ArrayList<>();
    private final AtomicLong lastStaleNanos = new AtomicLong(Long.MIN_VALUE);
    private final LongAdder stale = new LongAdder();
    private volatile boolean staleAllowed;
    private volatile boolean stopped;

    private PoolLoad(List<Cache<Integer, Long>> clients) {
        this.clients = clients;
    }

    /** Begins, with so many threads for each client; each writes keys of its own and reads all. */
    static PoolLoad start(List<Cache<Integer, Long>> clients, int threadsEach) {
        PoolLoad load = new PoolLoad(clients);
        int all = clients.size() * threadsEach;
        for (int i = 0; i < all; i++) {
            int number = i;
            Thread thread = new Thread(() -> load.run(number, all), "load-" + i);
            thread.setDaemon(true);
            load.threads.add(thread);
        }
        load.threads.forEach(Thread::start);
        return load;
    }

    /** Begins, with so many threads for each client; only those of the first client write, each keys of its own. */
    static PoolLoad startWithOneWriter(List<Cache<Integer, Long>> clients, int threadsEach) {
        PoolLoad load = new PoolLoad(clients);
        for (int i = 0; i < clients.size() * threadsEach; i++) {
            int number = i;
            boolean writes = i % clients.size() == 0;
            Thread thread =
                    new Thread(() -> load.run(number, number / clients.size(), threadsEach, writes), "load-" + i);
            thread.setDaemon(true);
            load.threads.add(thread);
        }
        load.threads.forEach(Thread::start);
        return load;
    }

    /** While this is so, overwritten values that are read are only counted. */
    void staleAllowed(boolean allowed) {
        staleAllowed = allowed;
    }

    /** Overwritten values that were read while that was allowed. */
    long staleReads() {
        return stale.sum();
    }

    /** {@link System#nanoTime} of the last of these. */
    long lastStaleNanos() {
        return lastStaleNanos.get();
    }

    private void run(int number, int all) {
        run(number, number, all, true);
    }

    private void run(int number, int writer, int writers, boolean writes) {
        Cache<Integer, Long> cache = clients.get(number % clients.size());
        Random random = new Random(number);
        long[] took = new long[1 << 20];
        int count = 0;
        while (!stopped) {
            int own = random.nextInt(KEYS / writers) * writers + writer;
            int any = random.nextInt(KEYS);
            long start = System.nanoTime();
            try {
                step(cache, random.nextInt(writes ? 20 : 14), own, any);
            } catch (CacheException e) {
                failed(e);
            } catch (RuntimeException e) {
                violations.add("unexpected " + e);
            }
            took[count++ & (took.length - 1)] = System.nanoTime() - start;
            calls.increment();
            if (count % 4 == 0) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        synchronized (times) {
            times.add(Arrays.copyOf(took, Math.min(count, took.length)));
        }
    }

    private void step(Cache<Integer, Long> cache, int kind, int own, int any) {
        if (kind < 12) {
            long least = acknowledged.get(any);
            look(any, cache.get(any), least);
        } else if (kind < 14) {
            int other = (any + 1) % KEYS;
            long least = acknowledged.get(any);
            long leastOther = acknowledged.get(other);
            Map<Integer, Long> found = cache.getAll(Set.of(any, other));
            look(any, found.get(any), least);
            look(other, found.get(other), leastOther);
        } else if (kind < 18) {
            long next = written.incrementAndGet(own);
            cache.put(own, next);
            acknowledged.set(own, next);
        } else if (kind < 19) {
            long next = written.incrementAndGet(own);
            cache.putAll(Map.of(own, next));
            acknowledged.set(own, next);
        } else {
            long least = acknowledged.get(own);
            long next = written.incrementAndGet(own);
            Long before = cache.invoke(own, (entry, arguments) -> {
                Long was = entry.getValue();
                entry.setValue(next);
                return was;
            });
            look(own, before, least);
            acknowledged.set(own, next);
        }
    }

    private void look(int key, Long value, long least) {
        if (value != null) {
            hits.increment();
            if (value < least && staleAllowed) {
                stale.increment();
                lastStaleNanos.set(System.nanoTime());
            } else if (value < least) {
                violations.add("key " + key + " has " + value + ", which " + least + " had overwritten");
            }
        }
    }

    private void failed(CacheException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        lastFailureNanos.set(System.nanoTime());
        failures.computeIfAbsent(cause.getClass().getSimpleName(), name -> new LongAdder())
                .increment();
        if (failures.get(cause.getClass().getSimpleName()).sum() <= 3) {
            System.out.println("load: " + e.getMessage());
        }
    }

    /** Reads every key through every client once more; returns the misses. */
    int readAll() {
        return clients.stream().mapToInt(this::readAll).sum();
    }

    /** Reads every key through a client; returns the misses. */
    int readAll(Cache<Integer, Long> cache) {
        int misses = 0;
        for (int key = 0; key < KEYS; key++) {
            long least = acknowledged.get(key);
            Long value = cache.get(key);
            look(key, value, least);
            misses += value == null ? 1 : 0;
        }
        return misses;
    }

    long calls() {
        return calls.sum();
    }

    /** Calls that failed, of all kinds. */
    long failed() {
        return failures.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Calls of which it is not known whether they were applied. */
    long inDoubt() {
        return failures.getOrDefault(IndeterminateException.class.getSimpleName(), new LongAdder())
                .sum();
    }

    /** {@link System#nanoTime} of the last failure. */
    long lastFailureNanos() {
        return lastFailureNanos.get();
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    /** How long the slowest call took, in milliseconds; once stopped. */
    long slowestMillis() {
        return TimeUnit.NANOSECONDS.toMillis(quantile(1));
    }

    private long quantile(double share) {
        synchronized (times) {
            long[] all = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
            return all.length == 0 ? 0 : all[(int) Math.min(all.length - 1, (long) (all.length * share))];
        }
    }

    /** One line for the report of the build. */
    String summary() {
        return String.format(
                "%,d calls, %,d hits, failed %s; p50 %.1f ms, p99.9 %.1f ms, slowest %d ms",
                calls.sum(), hits.sum(), failures, quantile(0.5) / 1e6, quantile(0.999) / 1e6, slowestMillis());
    }

    /** Ends the threads; waits for their last calls. */
    void stop() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join(20_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                violations.add("a call did not end: " + Arrays.toString(thread.getStackTrace()));
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
