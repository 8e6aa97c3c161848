package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.bounded;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.remove;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.CacheDefinition.WhenFull;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundsTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10})
    void a_small_bound_of_entries_is_exact_over_all_shards(int bound) {
        TestShards node = new TestShards();
        RecordingSession client = node.client("a", bounded(bound, 0, WhenFull.EVICT));
        for (int i = 0; i < 500; i++) {
            client.ask(put("k" + i, "v"));
            assertThat(client.ask(new Command.Size(HANDLE))).isEqualTo(new Reply.Count(Math.min(i + 1, bound)));
            assertThat(client.ask(get("k" + i))).as("the entry just written").isInstanceOf(Reply.Value.class);
        }
        assertThat(node.cache().evictions()).isEqualTo(500 - bound);
    }

    @Test
    void a_bound_of_bytes_holds_after_each_write() {
        TestShards node = new TestShards();
        long bound = 200_000;
        RecordingSession client = node.client("a", bounded(0, bound, WhenFull.EVICT));
        for (int i = 0; i < 2000; i++) {
            client.ask(put("k" + i, "v".repeat(i % 1000)));
            assertThat(node.cache().bytes()).isLessThanOrEqualTo(bound);
        }
        assertThat(node.cache().entries()).isPositive();
        assertThat(node.budget.bytes()).isEqualTo(node.cache().bytes());
    }

    @Test
    void the_nodes_bound_takes_from_the_largest_cache() {
        TestShards node = new TestShards(new StoreConfig(64, 1 << 20, 100), Duration.ofSeconds(60));
        RecordingSession small = node.client("small", CacheDefinition.of("", "small"));
        RecordingSession large = node.client("large", CacheDefinition.of("", "large"));
        for (int i = 0; i < 10; i++) {
            small.ask(put("k" + i, "v"));
        }
        for (int i = 0; i < 500; i++) {
            large.ask(put("k" + i, "v".repeat(500)));
            assertThat(node.budget.entries()).isLessThanOrEqualTo(100);
            assertThat(node.budget.bytes()).isLessThanOrEqualTo(1 << 20);
        }
        assertThat(small.ask(new Command.Size(HANDLE))).isEqualTo(new Reply.Count(10));
    }

    @Test
    void a_cache_that_refuses_takes_no_more_but_lets_change_and_remove() {
        TestShards node = new TestShards();
        RecordingSession client = node.client("a", bounded(2, 0, WhenFull.REFUSE));
        client.ask(put("1", "v"));
        client.ask(put("2", "v"));

        assertThat(((Reply.Failure) client.ask(put("3", "v"))).status()).isEqualTo(Status.FULL);
        assertThat(client.ask(put("1", "w"))).isInstanceOf(Reply.Changed.class);
        client.ask(remove("1"));
        assertThat(client.ask(put("3", "v"))).isInstanceOf(Reply.Changed.class);
        assertThat(node.cache().evictions()).isZero();
    }

    @Test
    void an_entry_over_half_the_nodes_bound_is_refused_and_evicts_nothing() {
        TestShards node = new TestShards(new StoreConfig(64, 1 << 20, 0), Duration.ofSeconds(60));
        RecordingSession client = node.client("a");
        client.ask(put("k", "v"));

        assertTooLarge(client.ask(large("big", (1 << 19) + 1)), "store.max-bytes");
        assertThat(client.ask(get("k"))).isInstanceOf(Reply.Value.class);
    }

    @Test
    void an_entry_over_the_caches_bound_is_refused_and_evicts_nothing() {
        TestShards node = new TestShards();
        RecordingSession client = node.client("a", bounded(0, 10_000, WhenFull.EVICT));
        client.ask(put("k", "v"));

        assertTooLarge(client.ask(large("big", 10_001)), "bounded to 10000 bytes");
        assertThat(client.ask(get("k"))).isInstanceOf(Reply.Value.class);
    }

    @Test
    @Timeout(60)
    void bounds_hold_when_many_write_at_once() throws InterruptedException {
        TestShards node = new TestShards();
        CacheDefinition definition = bounded(10, 0, WhenFull.EVICT);
        node.client("first", definition);
        for (int round = 0; round < 50; round++) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                String prefix = round + "/" + t + "/";
                Thread thread = new Thread(() -> {
                    RecordingSession client = node.client(prefix, definition);
                    for (int i = 0; i < 50; i++) {
                        client.ask(put(prefix + i, "v"));
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(node.cache().entries()).as("round %s", round).isBetween(1L, 10L);
            assertThat(node.budget.entries()).isEqualTo(node.cache().entries());
        }
    }

    private static Command.Put large(String key, int bytes) {
        return new Command.Put(HANDLE, text(key), Bytes.of(new byte[bytes]), Condition.ALWAYS, Ttl.ETERNAL, false);
    }

    private static void assertTooLarge(Reply reply, String message) {
        assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.TOO_LARGE);
        assertThat(((Reply.Failure) reply).message()).contains(message);
    }
}
