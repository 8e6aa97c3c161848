package io.distcache.testing;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.OverloadedException;
import io.distcache.client.UnreachableException;
import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.fixtures.WglChecker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Clients of the native API that put, get, add, remove and count a few keys, and write down what they were told; afterwards it is judged
 * whether one node that never fails could have told them that ({@link WglChecker}). Thread-safe.
 */
final class History implements AutoCloseable {
    private static final int CLIENTS = 3;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
    /** Puts are multiples of it, and so are told from what was counted. */
    private static final long PUTS_APART = 1_000_000;

    private final int keys;
    private final List<DistCacheClient> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<List<Operation>> histories = new ArrayList<>();
    private final long[] lastWrite;
    private final long[] longestGap;
    private final AtomicLong puts = new AtomicLong();
    private final List<String> wrong = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private volatile boolean isOver;
    private long answered;
    private long longestCall;

    private History(ClientConfig config, int keys, long seed) {
        this.keys = keys;
        this.lastWrite = new long[keys];
        this.longestGap = new long[keys];
        for (int key = 0; key < keys; key++) {
            histories.add(new ArrayList<>());
            lastWrite[key] = System.nanoTime();
        }
        for (int i = 0; i < CLIENTS; i++) {
            DistCacheClient client = DistCacheClient.connect(
                    config.toBuilder().clientName("history-" + i).build());
            clients.add(client);
            Random random = new Random(seed + i);
            threads.add(new Thread(() -> live(client, random), "history-" + i));
        }
    }

    /** Begins one on keys {@code k0}, {@code k1} and so on, which are not there yet. */
    static History begin(ClientConfig config, int keys, long seed) {
        History history = new History(config, keys, seed);
        history.threads.forEach(Thread::start);
        return history;
    }

    static String name(int key) {
        return "k" + key;
    }

    private void live(DistCacheClient client, Random random) {
        while (!isOver) {
            int key = random.nextInt(keys);
            int chance = random.nextInt(100);
            Kind kind = chance < 35
                    ? Kind.GET
                    : chance < 65 ? Kind.PUT : chance < 90 ? Kind.INCREMENT : chance < 95 ? Kind.ADD : Kind.REMOVE;
            long argument = kind == Kind.PUT || kind == Kind.ADD ? puts.incrementAndGet() * PUTS_APART : 1;
            run(client, key, kind, argument);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void run(DistCacheClient client, int key, Kind kind, long argument) {
        Operation operation = new Operation(kind, 0, argument, System.nanoTime());
        try {
            long told = told(client, name(key), kind, argument);
            answered(key, operation.answered(System.nanoTime(), told));
        } catch (IndeterminateException e) {
            open(key, operation, e);
        } catch (UnreachableException | OverloadedException e) {
            // Surely not applied: as if it had not been called.
            failed(operation, e);
        } catch (DistCacheException e) {
            synchronized (this) {
                wrong.add(operation + " of key " + key + ": " + e);
            }
        }
    }

    private static long told(DistCacheClient client, String key, Kind kind, long argument) {
        return switch (kind) {
            case GET -> value(client.get(key));
            case PUT -> {
                client.set(key, argument);
                yield 0;
            }
            case ADD -> client.add(key, argument) ? 1 : 0;
            case REMOVE -> client.delete(key) ? 1 : 0;
            case INCREMENT -> client.increment(key, argument);
            case CAS -> throw new IllegalStateException("not used here");
        };
    }

    private static long value(@Nullable Long there) {
        return there == null ? Operation.ABSENT : there;
    }

    private synchronized void answered(int key, Operation operation) {
        histories.get(key).add(operation);
        answered++;
        longestCall = Math.max(longestCall, operation.answered - operation.called);
        if (operation.kind != Kind.GET) {
            longestGap[key] = Math.max(longestGap[key], operation.answered - lastWrite[key]);
            lastWrite[key] = Math.max(lastWrite[key], operation.answered);
        }
    }

    private synchronized void open(int key, Operation operation, DistCacheException why) {
        histories.get(key).add(operation);
        failed(operation, why);
    }

    private synchronized void failed(Operation operation, DistCacheException why) {
        failures.add(operation.kind + " after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - operation.called)
                + " ms: " + why);
        longestCall = Math.max(longestCall, System.nanoTime() - operation.called);
    }

    /** Gaps are measured from now on. */
    synchronized void measureAnew() {
        longestCall = 0;
        for (int key = 0; key < keys; key++) {
            lastWrite[key] = System.nanoTime();
            longestGap[key] = 0;
        }
    }

    /** The longest time without a successful write of a key, that which lasts included. */
    synchronized long longestGapMillis() {
        long longest = 0;
        for (int key = 0; key < keys; key++) {
            longest = Math.max(longest, Math.max(longestGap[key], System.nanoTime() - lastWrite[key]));
        }
        return TimeUnit.NANOSECONDS.toMillis(longest);
    }

    /** When the key was written last that was written longest ago, as the clock of {@link System#nanoTime} has it. */
    synchronized long leastLastWriteNanos() {
        return LongStream.of(lastWrite).min().orElseThrow();
    }

    synchronized long longestCallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(longestCall);
    }

    synchronized long answered() {
        return answered;
    }

    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    /** Ends it, looks at each key once more, and returns what is wrong. */
    List<String> judge() throws InterruptedException {
        stop();
        List<String> all = new ArrayList<>(wrong);
        for (int key = 0; key < keys; key++) {
            run(clients.get(0), key, Kind.GET, 0);
            WglChecker.Verdict verdict = WglChecker.check(histories.get(key));
            if (verdict != WglChecker.Verdict.LINEARIZABLE) {
                all.add("key " + name(key) + " is " + verdict + ": "
                        + histories.get(key).size() + " operations");
            }
        }
        return all;
    }

    private void stop() throws InterruptedException {
        isOver = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clients.forEach(DistCacheClient::close);
    }
}
