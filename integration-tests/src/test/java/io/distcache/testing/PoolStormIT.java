package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static io.distcache.testing.PoolChecks.millisSince;
import static io.distcache.testing.PoolChecks.pause;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.testing.Impostor.Manners;
import io.distcache.testing.Impostor.Visit;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients lose a node at the same moment, and go on calling. They come back to it each in its own time. */
@Alone
@Timeout(120)
class PoolStormIT {
    private static final int CLIENTS = 100;
    private static final long WATCHED_MILLIS = 8000;
    private static final long BUCKET_MILLIS = 50;
    /** Pauses of at least 50, 100, 200, 400 and 500 ms: the fifth attempt is after a second. */
    private static final int MOST_IN_THE_FIRST_SECOND = 4;

    /** Pauses of 0.5 to 1 s by then. */
    private static final int MOST_A_SECOND_AFTERWARDS = 2;

    private final List<DistCacheClient> clients = new ArrayList<>();
    private final List<RemoteCache> caches = new ArrayList<>();
    private PoolOfNodes pool;

    @BeforeEach
    void start() {
        pool = PoolOfNodes.start(2, null);
        List<NodeAddress> addresses = IntStream.range(0, pool.size())
                .mapToObj(i -> NodeAddress.parse(pool.node(i).address()))
                .toList();
        CacheDefinition definition = CacheDefinition.of("storm", "storm");
        for (int i = 0; i < CLIENTS; i++) {
            DistCacheClient client = DistCacheClient.connect(ClientConfig.builder()
                    .nodes(addresses)
                    .clientName("client-" + i)
                    .maxInFlight(4)
                    .build());
            clients.add(client);
            caches.add(client.remote().open(definition));
        }
        clients.forEach(
                client -> eventually(() -> assertThat(areHealthy(client)).isTrue()));
        // Only who has been connected for a second begins with short pauses.
        pause(1200);
    }

    @AfterEach
    void stop() {
        clients.forEach(DistCacheClient::close);
        pool.close();
    }

    private static boolean areHealthy(DistCacheClient client) {
        return client.pool().nodes().stream().allMatch(node -> node.state() == NodeListener.State.HEALTHY);
    }

    @Test
    void a_hundred_clients_that_lose_a_node_do_not_storm_it() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        LongAdder calls = new LongAdder();
        LongAdder failed = new LongAdder();
        List<Thread> callers = IntStream.range(0, 4)
                .mapToObj(i -> new Thread(() -> call(i, over, calls, failed), "load-" + i))
                .toList();
        callers.forEach(Thread::start);
        pause(500);

        long killed = System.nanoTime();
        pool.node(1).kill();
        List<Visit> visits;
        long taken;
        try (Impostor door = new Impostor(pool.node(1).port(), Manners.CLOSES_AT_ONCE, 0)) {
            taken = System.nanoTime();
            pause(WATCHED_MILLIS);
            visits = door.visits();
        }
        pool.restart(1);
        long ready = System.nanoTime();
        clients.forEach(
                client -> eventually(() -> assertThat(areHealthy(client)).isTrue()));
        long back = millisSince(ready);
        over.set(true);
        for (Thread caller : callers) {
            caller.join();
        }

        long second = TimeUnit.SECONDS.toNanos(1);
        IntSummaryStatistics first = perClient(visits, killed, killed + second);
        IntSummaryStatistics later = perClient(visits, killed + second, taken + WATCHED_MILLIS * 1_000_000);
        long laterMillis = WATCHED_MILLIS - 1000 + (taken - killed) / 1_000_000;
        int[] buckets = buckets(visits, killed + 3 * second, laterMillis - 2000);
        double mean = IntStream.of(buckets).average().orElse(0);
        int most = IntStream.of(buckets).max().orElse(0);
        double dispersion = IntStream.of(buckets)
                        .mapToDouble(n -> (n - mean) * (n - mean))
                        .average()
                        .orElse(0)
                / mean;
        int mostAtFirst = IntStream.of(buckets(visits, killed, 3000)).max().orElse(0);
        System.out.printf(
                "pool, %d clients lose a node: attempts per client in the first second %d to %d (the port was taken after"
                        + " %d ms), then %.2f a second on average, at most %.2f; per %d ms at most %d in the first 3 s, then"
                        + " %.1f on average, at most %d, variance %.1f times the mean; all back %d ms after it; %d calls"
                        + " meanwhile, %d failed%n",
                CLIENTS,
                first.getMin(),
                first.getMax(),
                (taken - killed) / 1_000_000,
                later.getAverage() * 1000 / laterMillis,
                later.getMax() * 1000.0 / laterMillis,
                BUCKET_MILLIS,
                mostAtFirst,
                mean,
                most,
                dispersion,
                back,
                calls.sum(),
                failed.sum());
        assertThat(first.getCount()).isEqualTo(CLIENTS);
        assertThat(first.getMax()).isLessThanOrEqualTo(MOST_IN_THE_FIRST_SECOND);
        assertThat(later.getMin()).isPositive();
        assertThat(later.getMax() * 1000.0 / laterMillis).isLessThanOrEqualTo(MOST_A_SECOND_AFTERWARDS);
        assertThat(mostAtFirst).as("at one time, while pauses grow").isLessThan(CLIENTS * 2 / 3);
        assertThat(dispersion)
                .as("1 if they know nothing of each other, near %d if they come as one", CLIENTS)
                .isLessThan(5);
        assertThat(back).isLessThan(3000);
    }

    private void call(int number, AtomicBoolean over, LongAdder calls, LongAdder failed) {
        for (int i = number; !over.get(); i += 4) {
            RemoteCache cache = caches.get(i % CLIENTS);
            Bytes key = Bytes.ofUtf8("key-" + i % 977);
            try {
                Reply unused =
                        cache.call(new Command.Put(cache.handle(), key, key, Condition.ALWAYS, Ttl.DEFINED, false));
            } catch (DistCacheException e) {
                failed.increment();
            }
            calls.increment();
            pause(1);
        }
    }

    private static IntSummaryStatistics perClient(List<Visit> visits, long from, long to) {
        Map<String, Integer> counts = new TreeMap<>(visits.stream()
                .filter(visit -> visit.nanos() - from >= 0 && visit.nanos() - to < 0)
                .collect(Collectors.toMap(Visit::client, visit -> 1, Integer::sum)));
        return counts.values().stream().mapToInt(Integer::intValue).summaryStatistics();
    }

    private static int[] buckets(List<Visit> visits, long from, long millis) {
        int[] buckets = new int[(int) (millis / BUCKET_MILLIS)];
        for (Visit visit : visits) {
            long bucket = (visit.nanos() - from) / (BUCKET_MILLIS * 1_000_000);
            if (visit.nanos() - from >= 0 && bucket < buckets.length) {
                buckets[(int) bucket]++;
            }
        }
        return buckets;
    }
}
