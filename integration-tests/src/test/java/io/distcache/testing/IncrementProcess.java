package io.distcache.testing;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NodeAddress;
import io.distcache.client.UnreachableException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A JVM that increments, for {@link ExactlyOnceIT}: threads that wait for each increment and one that sends many at once, until its standard
 * input says {@code end}. Then it prints {@code done REPEATED UNREACHABLE / acknowledged by key / unknown by key}.
 */
final class IncrementProcess {
    static final int THREADS = 16;
    static final int KEYS = 8;

    /** So many are on their way at once from the thread that does not wait. */
    private static final int AT_ONCE = 32;

    private final DistCacheClient client;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
    private final AtomicLongArray unknown = new AtomicLongArray(KEYS);
    private final LongAdder unreachable = new LongAdder();

    private IncrementProcess(DistCacheClient client) {
        this.client = client;
    }

    /** Starts one; it prints {@code ready}. */
    static JavaProcess start(String node, Duration callTimeout) {
        return JavaProcess.start(
                List.of(
                        "-Xmx96m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"),
                IncrementProcess.class.getName(),
                List.of(node, Long.toString(callTimeout.toMillis())));
    }

    static String key(int number) {
        return "counter-" + number;
    }

    public static void main(String[] arguments) throws Exception {
        ClientConfig config = ClientConfig.builder()
                .nodes(List.of(NodeAddress.parse(arguments[0])))
                .callTimeout(Duration.ofMillis(Long.parseLong(arguments[1])))
                .connectTimeout(Duration.ofMillis(Long.parseLong(arguments[1])))
                .build();
        try (DistCacheClient client = DistCacheClient.connect(config)) {
            new IncrementProcess(client).run();
        }
    }

    private void run() throws Exception {
        client.increment(key(0), 0);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS - 1; i++) {
            int first = i;
            threads.add(new Thread(() -> incrementEach(first)));
        }
        threads.add(new Thread(this::incrementManyAtOnce));
        threads.forEach(Thread::start);
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = in.readLine();
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("done " + client.pool().repeatedChanges() + " " + unreachable.sum() + " / "
                + joined(acknowledged) + " / " + joined(unknown) + " after " + line);
    }

    private static String joined(AtomicLongArray counts) {
        return IntStream.range(0, KEYS)
                .mapToObj(i -> Long.toString(counts.get(i)))
                .collect(Collectors.joining(" "));
    }

    private void incrementEach(int first) {
        for (int i = first; !over.get(); i++) {
            int number = i % KEYS;
            try {
                long sum = client.increment(key(number));
                counted(number, sum < 1 ? new IllegalStateException("the sum is " + sum) : null);
            } catch (RuntimeException e) {
                counted(number, e);
            }
        }
    }

    private void incrementManyAtOnce() {
        while (!over.get()) {
            LongStream.range(0, AT_ONCE)
                    .mapToObj(i -> client.async()
                            .increment(key((int) (i % KEYS)))
                            .handle((sum, failure) -> {
                                counted((int) (i % KEYS), failure);
                                return sum;
                            })
                            .toCompletableFuture())
                    .toList()
                    .forEach(sent -> sent.join());
        }
    }

    private void counted(int number, Throwable failure) {
        Throwable cause =
                failure != null && failure.getCause() instanceof IndeterminateException known ? known : failure;
        if (cause == null) {
            acknowledged.incrementAndGet(number);
        } else if (cause instanceof IndeterminateException) {
            unknown.incrementAndGet(number);
        } else if (cause instanceof UnreachableException || cause.getCause() instanceof UnreachableException) {
            unreachable.increment();
        } else {
            System.out.println("failed " + failure);
            failure.printStackTrace();
            System.exit(1);
        }
    }
}
