package io.distcache.benchmarks.load;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Synchronous callers on one target: each waits for its answer before it asks again. Confined to the steering thread. */
final class Callers {
    private static final int LOAD_THREADS = 16;

    private final Target target;
    private final Dataset dataset;
    private final String[] keys;
    private final Object[] values;

    Callers(Target target, Dataset dataset) {
        this.target = target;
        this.dataset = dataset;
        this.keys = dataset.makeKeys();
        this.values = dataset.makeValues();
    }

    private Callers(Target target, Callers others) {
        this.target = target;
        this.dataset = others.dataset;
        this.keys = others.keys;
        this.values = others.values;
    }

    Dataset dataset() {
        return dataset;
    }

    /** The same callers on another target. */
    Callers on(Target other) {
        return new Callers(other, this);
    }

    /** Puts every entry of the dataset, {@code entries} per call; counts start at their first increment instead. */
    void load(int entries) {
        if (dataset.kind() == ValueKind.COUNT) {
            return;
        }
        together(LOAD_THREADS, thread -> {
            for (int from = thread * entries; from < keys.length; from += LOAD_THREADS * entries) {
                Map<String, Object> batch = new HashMap<>();
                for (int i = from; i < Math.min(keys.length, from + entries); i++) {
                    batch.put(keys[i], values[i % values.length]);
                }
                if (entries == 1) {
                    batch.forEach(target::put);
                } else {
                    target.putAll(batch);
                }
            }
            return thread;
        });
    }

    /** Gets the entry that was loaded last. */
    void last() {
        Object value = target.get(keys[keys.length - 1]);
        if (value == null || !dataset.holds(value)) {
            throw new IllegalStateException("the last entry " + (value == null ? "is not there" : "has a wrong value"));
        }
    }

    /** How many of {@code samples} keys, spread evenly, have no entry. */
    int missing(int samples) {
        int missing = 0;
        for (int i = 0; i < samples; i++) {
            if (target.get(keys[(int) ((long) i * keys.length / samples)]) == null) {
                missing++;
            }
        }
        return missing;
    }

    Measurement run(Workload workload, long millis) {
        boolean counting = workload.operation() == Workload.Operation.INVOKE;
        long before = counting ? sum() : 0;
        CyclicBarrier start = new CyclicBarrier(workload.threads());
        List<Caller> callers = together(workload.threads(), thread -> {
            Caller caller = new Caller(workload, thread);
            start.await(1, MINUTES);
            caller.call(MILLISECONDS.toNanos(millis));
            return caller;
        });
        Histogram all = new Histogram(3);
        callers.forEach(caller -> all.add(caller.latencies));
        long acknowledged = all.getTotalCount();
        return new Measurement(
                acknowledged,
                callers.stream().mapToLong(caller -> caller.ended).max().orElseThrow()
                        - callers.stream()
                                .mapToLong(caller -> caller.began)
                                .min()
                                .orElseThrow(),
                all.getValueAtPercentile(50),
                all.getValueAtPercentile(99),
                all.getValueAtPercentile(99.9),
                callers.stream().mapToLong(caller -> caller.misses).sum(),
                callers.stream().mapToLong(caller -> caller.errors).sum(),
                counting ? acknowledged - (sum() - before) : 0);
    }

    private long sum() {
        long sum = 0;
        for (String key : keys) {
            sum += target.get(key) instanceof Long count ? count : 0;
        }
        return sum;
    }

    private <T> List<T> together(int threads, Task<T> task) {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                running.add(executor.submit(() -> task.run(thread)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get());
            }
            return results;
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException("a caller ended early: " + e, e);
        } finally {
            executor.shutdownNow();
        }
    }

    private interface Task<T> {
        T run(int thread) throws Exception;
    }

    /** One thread's share of a slice; read by others only after that thread has ended. */
    private final class Caller {
        private final Workload workload;
        private final SplittableRandom random;
        private final Histogram latencies = new Histogram(3);
        private final long pause;
        private long began;
        private long ended;
        private long due;
        private long misses;
        private long errors;

        private Caller(Workload workload, int thread) {
            this.workload = workload;
            this.random = new SplittableRandom(System.nanoTime() + thread);
            this.pause = workload.rate() == 0 ? 0 : SECONDS.toNanos(workload.threads()) / workload.rate();
        }

        private void call(long nanos) {
            began = System.nanoTime();
            ended = began;
            due = pause == 0 ? began : began - random.nextLong(pause);
            while (ended - began < nanos) {
                try {
                    switch (workload.operation()) {
                        case MIX -> mix();
                        case BATCH -> batch();
                        case INVOKE -> invoke();
                    }
                } catch (RuntimeException e) {
                    failed(e);
                }
            }
        }

        private void mix() {
            String key = anyKey();
            if (reads()) {
                long start = begin();
                Object value = target.get(key);
                answered(start);
                check(value);
            } else {
                Object value = anyValue();
                long start = begin();
                target.put(key, value);
                answered(start);
            }
        }

        private void batch() {
            if (reads()) {
                Set<String> wanted = new HashSet<>();
                while (wanted.size() < workload.batch()) {
                    wanted.add(anyKey());
                }
                long start = begin();
                Map<String, Object> found = target.getAll(wanted);
                answered(start);
                wanted.forEach(key -> check(found.get(key)));
            } else {
                Map<String, Object> entries = new HashMap<>();
                while (entries.size() < workload.batch()) {
                    entries.put(anyKey(), anyValue());
                }
                long start = begin();
                target.putAll(entries);
                answered(start);
            }
        }

        private void invoke() {
            String key = anyKey();
            long start = begin();
            target.increment(key);
            answered(start);
        }

        /**
         * When the next call begins to count: at a fixed rate it waits until it is due, and if the call before took longer than
         * that, it counts from then on, since a user would have been waiting since then.
         */
        private long begin() {
            due += pause;
            long now = System.nanoTime();
            if (pause == 0 || now >= due) {
                return pause == 0 ? now : due;
            }
            while (now < due) {
                LockSupport.parkNanos(due - now);
                now = System.nanoTime();
            }
            return now;
        }

        private boolean reads() {
            return random.nextInt(100) < workload.readPercent();
        }

        private String anyKey() {
            return keys[random.nextInt(keys.length)];
        }

        private Object anyValue() {
            return values[random.nextInt(values.length)];
        }

        private void answered(long start) {
            ended = System.nanoTime();
            latencies.recordValue(ended - start);
        }

        private void check(@Nullable Object value) {
            if (value == null) {
                misses++;
            } else if (!dataset.holds(value)) {
                errors++;
            }
        }

        private void failed(RuntimeException e) {
            ended = System.nanoTime();
            if (errors == 0) {
                e.printStackTrace(); // the harness keeps this stream
            }
            errors++;
        }
    }
}
