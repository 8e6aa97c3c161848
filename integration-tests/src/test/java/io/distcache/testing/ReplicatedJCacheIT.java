package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.RequestRefusedException;
import io.distcache.fixtures.ScriptedReplicas;
import io.distcache.fixtures.ScriptedReplicas.Fate;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Opcode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.processor.EntryProcessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JCache on a replicated pool whose leaders change; the pool does what each test wants. */
@Timeout(60)
class ReplicatedJCacheIT {
    private static final int GROUPS = 4;

    private ScriptedReplicas pool;
    private CacheManager manager;
    private Cache<String, Long> cache;
    private final AtomicInteger runs = new AtomicInteger();
    private final EntryProcessor<String, Long, Long> increment = (entry, arguments) -> {
        runs.incrementAndGet();
        long next = entry.exists() ? entry.getValue() + 1 : 1;
        entry.setValue(next);
        return next;
    };

    @BeforeEach
    void start() throws IOException {
        pool = new ScriptedReplicas(3, GROUPS);
        manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + pool.nodes.get(1).address() + "/replicated?timeout=20s"),
                        ReplicatedJCacheIT.class.getClassLoader());
        cache = manager.createCache(
                "numbers", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
    }

    @AfterEach
    void stop() throws IOException {
        manager.close();
        pool.close();
    }

    @Test
    void a_processor_whose_leader_goes_before_it_has_settled_runs_again_and_counts_once() {
        cache.put("a", 0L);
        int group = pool.routes().groupOf(Bytes.ofUtf8("\u0002a"));
        AtomicInteger settled = new AtomicInteger();
        pool.faults = (node, command) -> {
            if (command.opcode() == Opcode.SETTLE && settled.incrementAndGet() % 3 != 0) {
                pool.lead(group, (node + 1) % 3);
                pool.push();
            }
            return Fate.ANSWERED;
        };
        for (long i = 1; i <= 10; i++) {
            assertThat(cache.invoke("a", increment)).isEqualTo(i);
        }
        assertThat(cache.get("a")).isEqualTo(10);
        assertThat(runs.get()).isGreaterThan(20);
    }

    @Test
    void a_processor_whose_settlement_got_lost_on_the_way_runs_again_and_counts_once() {
        cache.put("a", 0L);
        AtomicInteger settled = new AtomicInteger();
        pool.faults = (node, command) ->
                command.opcode() == Opcode.SETTLE && settled.incrementAndGet() == 1 ? Fate.COMMAND_LOST : Fate.ANSWERED;
        assertThat(cache.invoke("a", increment)).isEqualTo(1);
        assertThat(cache.get("a")).isEqualTo(1);
        assertThat(runs.get()).isEqualTo(2);
    }

    @Test
    void processors_on_many_entries_run_again_for_those_whose_leader_has_gone() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            keys.add("key" + i);
        }
        AtomicInteger settled = new AtomicInteger();
        pool.faults = (node, command) -> {
            if (command.opcode() == Opcode.SETTLE && settled.incrementAndGet() == 1) {
                pool.leadInsteadOf(node, (node + 1) % 3);
            }
            return Fate.ANSWERED;
        };
        cache.invokeAll(keys, increment)
                .forEach((key, result) -> assertThat(result.get()).isEqualTo(1));
        assertThat(cache.getAll(keys))
                .hasSize(40)
                .allSatisfy((key, value) -> assertThat(value).isEqualTo(1));
        assertThat(runs.get()).isGreaterThan(40);
    }

    @Test
    void increments_of_many_threads_are_exact_while_leaders_change_and_settlements_are_lost_on_the_way()
            throws Exception {
        int threads = 4;
        int each = 100;
        for (int key = 0; key < 3; key++) {
            cache.put("counter" + key, 0L);
        }
        AtomicInteger settled = new AtomicInteger();
        pool.faults = (node, command) -> {
            if (command.opcode() != Opcode.SETTLE) {
                return Fate.ANSWERED;
            }
            int number = settled.incrementAndGet();
            if (number % 7 == 0) {
                pool.leadInsteadOf(node, (node + 1) % 3);
            }
            return number % 11 == 0 ? Fate.COMMAND_LOST : number % 5 == 0 ? Fate.REPLY_LOST : Fate.ANSWERED;
        };
        AtomicInteger refused = new AtomicInteger();
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            callers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < each; i++) {
                            try {
                                cache.invoke("counter" + i % 3, increment);
                            } catch (CacheException e) {
                                // Somebody else holds the entry, which the scripted nodes do not wait for.
                                assertThat(e.getCause()).isInstanceOf(RequestRefusedException.class);
                                refused.incrementAndGet();
                            }
                        }
                    },
                    task -> new Thread(task).start()));
        }
        for (CompletableFuture<Void> caller : callers) {
            caller.get(50, TimeUnit.SECONDS);
        }
        pool.faults = (node, command) -> Fate.ANSWERED;
        long sum = 0;
        for (int key = 0; key < 3; key++) {
            sum += cache.get("counter" + key);
        }
        System.out.println("invoke: " + runs + " runs for " + threads * each + " calls, " + settled + " settlements, "
                + refused + " refused");
        assertThat(sum).isEqualTo((long) threads * each - refused.get());
    }

    @Test
    void what_the_standard_has_goes_on_through_changes_of_leaders() throws Exception {
        Thread elections = new Thread(() -> {
            try {
                for (int i = 0; i < 50; i++) {
                    pool.lead(i % GROUPS, (i / 2) % 3);
                    pool.push();
                    TimeUnit.MILLISECONDS.sleep(10);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        elections.start();
        for (int round = 0; elections.isAlive(); round++) {
            String key = "round" + round;
            assertThat(cache.putIfAbsent(key, 1L)).isTrue();
            assertThat(cache.replace(key, 1L, 2L)).isTrue();
            assertThat(cache.getAndPut(key, 3L)).isEqualTo(2);
            assertThat(cache.invoke(key, increment)).isEqualTo(4);
            cache.putAll(Map.of(key, 5L, key + "b", 6L));
            assertThat(cache.getAll(Set.of(key, key + "b"))).containsOnly(Map.entry(key, 5L), Map.entry(key + "b", 6L));
            assertThat(cache.getAndRemove(key)).isEqualTo(5);
            assertThat(cache.remove(key + "b")).isTrue();
            assertThat(cache.containsKey(key)).isFalse();
        }
        elections.join();
        cache.put("last", 1L);
        assertThat(cache).hasSize(1);
        cache.removeAll();
        assertThat(cache).isEmpty();
        cache.clear();
    }
}
