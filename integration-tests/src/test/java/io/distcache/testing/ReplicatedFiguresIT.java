package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.DistCachingProvider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.spi.CachingProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What members of a replicated pool tell of themselves, and what they do with reads, under either way to do so. */
@Timeout(180)
class ReplicatedFiguresIT {
    private static final int NODES = 3;
    private static final int READS = 300;
    private static final long TTL_SECONDS = 10;

    @TempDir
    private Path directory;

    private final CachingProvider provider = new DistCachingProvider();
    private final HttpClient http = HttpClient.newHttpClient();
    private ReplicatedPool pool;

    private void start(String... settings) {
        pool = ReplicatedPool.start(
                NodeSetup.of("http.port=0").withSettings(settings).withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                NODES,
                directory);
    }

    @AfterEach
    void stop() {
        provider.close();
        pool.close();
    }

    private CacheManager manager() {
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", "10s");
        return provider.getCacheManager(pool.uri("figures"), null, properties);
    }

    private static DistCacheConfiguration<String, Integer> accessed() {
        DistCacheConfiguration<String, Integer> configuration = new DistCacheConfiguration<>();
        configuration.setExpiryPolicyFactory(
                AccessedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.SECONDS, TTL_SECONDS)));
        return configuration;
    }

    /** What a node tells Prometheus. */
    private Map<String, Double> metrics(int node) throws IOException, InterruptedException {
        List<String> ready = pool.node(node).process().lines().stream()
                .filter(line -> line.startsWith("ready "))
                .toList();
        String port = ready.get(ready.size() - 1).replaceAll(".* http=(\\d+).*", "$1");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .timeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> line.startsWith("distcache_") && !line.contains("{"))
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(parts -> parts[0], parts -> Double.valueOf(parts[1])));
    }

    private double sum(String name) throws IOException, InterruptedException {
        double sum = 0;
        for (int node = 0; node < NODES; node++) {
            sum += metrics(node).get(name);
        }
        return sum;
    }

    private int leaderOf(String key) {
        DistCacheCommand.Ended status = DistCacheCommand.run("pool", "status", "--key", key, "--node", pool.members());
        return IntStream.range(0, NODES)
                .filter(node -> status.output().stream()
                        .anyMatch(line -> line.startsWith("key ") && line.endsWith("n" + (node + 1) + " leads")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody leads " + key + ": " + status.output()));
    }

    @Test
    void leaders_answer_by_leases_bundle_touches_and_an_entry_that_is_read_outlives_its_leader() throws Exception {
        start();
        Cache<String, Integer> cache = manager().createCache("accessed", accessed());
        cache.put("k0", 1);
        eventually(() -> {
            assertThat(sum("distcache_groups_led")).isEqualTo(6);
            assertThat(sum("distcache_groups_without_leader")).isZero();
        });
        double changesBefore = sum("distcache_proposed_changes_total");
        long begin = System.nanoTime();
        for (int i = 0; i < READS; i++) {
            assertThat(cache.get("k0")).isEqualTo(1);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        double changes = sum("distcache_proposed_changes_total") - changesBefore;
        System.out.printf("bundled: %d reads in %.2f s made %.0f changes%n", READS, seconds, changes);
        // One each second, when the deadline has gone that far, and one when that is a second ago.
        assertThat(changes).isLessThan(4 + 2 * seconds);
        for (int node = 0; node < NODES; node++) {
            Map<String, Double> told = metrics(node);
            assertThat(told.get("distcache_group_log_bytes")).isPositive();
            // One that leads nothing has none.
            assertThat(told.getOrDefault("distcache_lease_remaining_seconds", 0.0))
                    .isBetween(0.0, 1.0);
            assertThat(told.get("distcache_apply_lag_entries")).isNotNull();
        }
        DistCacheCommand.Ended status = DistCacheCommand.run("pool", "status", "--json", "--node", pool.members());
        assertThat(status.output())
                .anyMatch(line -> line.contains("\"gateWaits\":") && line.contains("\"pinningGroup\":-2"));

        // Asking takes long on a busy machine, and nobody reads meanwhile.
        int leader = leaderOf("k0");
        cache.put("k0", 1);
        long put = System.nanoTime();
        readUntil(cache, put + TimeUnit.SECONDS.toNanos(4));
        pool.node(leader).kill();
        readUntil(cache, put + TimeUnit.SECONDS.toNanos(2 * TTL_SECONDS));
    }

    /** It would have expired long ago if nobody had read it. */
    private static void readUntil(Cache<String, Integer> cache, long nanos) throws InterruptedException {
        while (System.nanoTime() < nanos) {
            assertThat(cache.get("k0")).isEqualTo(1);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Test
    void with_pool_reads_quorum_and_exact_touches_each_read_asks_a_majority_and_is_replicated() throws Exception {
        start("pool.reads=quorum", "expiry.touch=exact");
        CacheManager manager = manager();
        Cache<String, Integer> accessed = manager.createCache("accessed", accessed());
        accessed.put("k0", 1);
        double changesBefore = sum("distcache_proposed_changes_total");
        double waitsBefore = sum("distcache_gate_waits_total");
        double secondsBefore = sum("distcache_gate_wait_seconds_total");
        for (int i = 0; i < READS; i++) {
            assertThat(accessed.get("k0")).isEqualTo(1);
        }
        double waits = sum("distcache_gate_waits_total") - waitsBefore;
        double seconds = sum("distcache_gate_wait_seconds_total") - secondsBefore;
        System.out.printf("quorum: %d reads waited %.0f times, %.3f ms each%n", READS, waits, seconds * 1e3 / waits);
        assertThat(waits).isBetween((double) READS, READS * 1.2);
        assertThat(seconds).isPositive();
        assertThat(sum("distcache_proposed_changes_total") - changesBefore).isGreaterThanOrEqualTo(READS);
        for (int node = 0; node < NODES; node++) {
            assertThat(metrics(node)).doesNotContainKey("distcache_lease_remaining_seconds");
        }
        pool.node(leaderOf("k0")).kill();
        assertThat(accessed.get("k0")).isEqualTo(1);
        accessed.put("k0", 2);
        assertThat(accessed.get("k0")).isEqualTo(2);
    }
}
