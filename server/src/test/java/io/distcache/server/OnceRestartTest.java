package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that are made once, by a node that is killed and started again in between. */
@Timeout(120)
class OnceRestartTest {
    private static final CacheDefinition CACHE = CacheDefinition.of("ns", "cache");
    private static final long CLIENT = 77;
    private static final int KEYS = 40;

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest
    @CsvSource({
        "snapshot, 4, false",
        "snapshot, 1, true",
        "snapshot, 16, true",
        "snapshot, 4, true",
        "log, 4, true",
        "log, 16, false",
        "log, 1, false"
    })
    void a_node_that_was_killed_still_has_its_replies(String recover, String shards, boolean snapshot)
            throws Exception {
        List<Reply> replies = new ArrayList<>();
        Path killed = directory.resolve("killed");
        try (DataNode node = start("log.retain", "all")) {
            int cache = node.open(CACHE);
            for (int i = 0; i < 5 * KEYS; i++) {
                replies.add(node.client.await(once(i, 0, cache)));
                if (snapshot && i == 3 * KEYS) {
                    node.snapshot();
                }
            }
            node.copyTo(killed);
        }
        clock.advance(1000);
        try (DataNode node = new DataNode(killed, clock, "node.recover", recover, "store.shards", shards)) {
            int cache = node.open(CACHE);
            assertThat(node.loaded.contains(".snapshot")).isEqualTo(snapshot && recover.equals("snapshot"));
            for (int again = 0; again < 2; again++) {
                for (int i = 0; i < 5 * KEYS; i++) {
                    assertThat(node.client.await(once(i, 0, cache))).isEqualTo(replies.get(i));
                }
            }
            Map<Bytes, DataNode.Seen> entries = node.entries(cache);
            assertThat(entries).hasSize(KEYS);
            assertThat(entries.values())
                    .allSatisfy(seen -> assertThat(number(seen.value())).isEqualTo(5));
            assertThat(node.node.health().entries()).isEqualTo(KEYS);
            // Time goes on for them as well.
            clock.advance(59_000);
            assertThat(number(((Reply.Value) node.client.await(once(0, 0, cache))).value()))
                    .isEqualTo(6);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_the_client_had_got_before_the_node_was_killed_is_not_held_again(boolean snapshot) throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("log.retain", "all")) {
            int cache = node.open(CACHE);
            for (int i = 0; i < 5000; i++) {
                node.client.await(once(i, Math.max(0, i - 2), cache));
                if (snapshot && i == 2500) {
                    node.snapshot();
                }
            }
            node.copyTo(killed);
        }
        try (DataNode node = new DataNode(killed, clock, "store.shards", "8")) {
            int cache = node.open(CACHE);
            // Each of 5000 takes over 60 bytes.
            assertThat(node.node.health().bytes()).isLessThan(100_000);
            Reply late = node.client.await(once(KEYS, KEYS, cache));
            assertThat(((Reply.Failure) late).status()).isEqualTo(Status.BAD_REQUEST);
            assertThat(number(((Reply.Value) node.client.await(once(4999, 4998, cache))).value()))
                    .isEqualTo(5000 / KEYS);
        }
    }

    @Test
    void a_volatile_cache_has_no_replies_in_the_log() throws Exception {
        CacheDefinition none = new CacheDefinition(
                "ns",
                "volatile",
                CacheDefinition.Expiry.ETERNAL,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.NONE,
                Map.of());
        Path killed = directory.resolve("killed");
        try (DataNode node = start()) {
            int cache = node.open(none);
            node.client.await(once(1, 0, cache));
            assertThat(number(((Reply.Value) node.client.await(once(1, 0, cache))).value()))
                    .isEqualTo(1);
            node.copyTo(killed);
        }
        try (DataNode node = new DataNode(killed, clock)) {
            int cache = node.open(none);
            assertThat(node.client.await(new Command.Get(cache, key(1)))).isEqualTo(Reply.Miss.INSTANCE);
            // Change and reply are lost together.
            assertThat(number(((Reply.Value) node.client.await(once(1, 0, cache))).value()))
                    .isEqualTo(1);
            assertThat(node.client.await(new Command.Get(cache, key(1)))).isInstanceOf(Reply.Value.class);
        }
    }

    @Test
    void in_a_log_cut_at_any_byte_a_change_is_there_if_and_only_if_its_reply_is() throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start("log.sync", "os")) {
            int cache = node.open(CACHE);
            for (int i = 0; i < 3 * KEYS; i++) {
                node.client.await(once(i, 0, cache));
                if (i % 7 == 0) {
                    node.put(cache, "other" + i, "v");
                }
            }
            node.copyTo(killed);
        }
        List<Path> segments = Segment.list(killed.resolve("log"));
        assertThat(segments).hasSize(1);
        // As after a loss of power, which may take what nobody knows to have been on disk.
        Files.delete(killed.resolve(LogEnd.NAME));
        int recovered = 0;
        int sums = 0;
        try (FileChannel file = FileChannel.open(segments.get(0), StandardOpenOption.WRITE)) {
            for (long length = file.size(); length >= Segment.HEADER_BYTES; length--) {
                file.truncate(length);
                Map<String, Map<Bytes, ModelledLog.Entry>> state = recover(killed);
                if (state != null) {
                    recovered++;
                    sums += check(state);
                }
            }
        }
        assertThat(recovered).isGreaterThan(5000);
        assertThat(sums).isGreaterThan(3 * KEYS * 1000);
    }

    /** As many replies are kept of each key as were added up. */
    private static int check(Map<String, Map<Bytes, ModelledLog.Entry>> state) {
        int sums = 0;
        Map<Bytes, ModelledLog.Entry> replies = state.getOrDefault("replies", Map.of());
        Map<Bytes, ModelledLog.Entry> entries = state.getOrDefault("cache", Map.of());
        long[] kept = new long[KEYS];
        for (Bytes reply : replies.keySet()) {
            kept[(int) (ByteBuffer.wrap(reply.toByteArray()).getLong(reply.length() - Long.BYTES) % KEYS)]++;
        }
        for (int i = 0; i < KEYS; i++) {
            ModelledLog.Entry entry = entries.get(key(i));
            assertThat(entry == null ? 0 : number(entry.value())).isEqualTo(kept[i]);
            sums += (int) kept[i];
        }
        return sums;
    }

    /** What the caches hold after a replay; null if it refuses. */
    private static Map<String, Map<Bytes, ModelledLog.Entry>> recover(Path data) throws IOException {
        ModelledLog.Store store = new ModelledLog.Store(2);
        try {
            Recovery.ofWholeLog(data).into(store.caches, store.shards, 0, 0, percent -> {});
        } catch (DamagedException e) {
            return null;
        }
        return store.state();
    }

    private DataNode start(String... settings) throws IOException {
        return new DataNode(directory.resolve("data"), clock, settings);
    }

    /** Adds 1 to one of the keys, or begins with it. */
    private static Command.Once once(int number, int firstOpen, int cache) {
        Bytes one =
                Bytes.of(ByteBuffer.allocate(9).put(ValueTag.INT64).putLong(1).array());
        return new Command.Once(
                CLIENT, number, firstOpen, 60_000, new Command.Add(cache, key(number), one, one, Ttl.DEFINED));
    }

    private static Bytes key(int number) {
        return DataNode.text("k" + number % KEYS);
    }

    private static long number(Bytes value) {
        return ByteBuffer.wrap(value.toByteArray()).getLong(1);
    }
}
