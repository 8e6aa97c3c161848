package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.log.Segment;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.shard.RecordingSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node brings back, and what it must not bring back. */
@Timeout(120)
class RestartTest {
    private static final CacheDefinition CACHE = CacheDefinition.of("ns", "cache");

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "log"})
    void entries_that_expired_while_the_node_was_down_are_not_served(String recover) throws Exception {
        try (DataNode node = start()) {
            int cache = node.open(CACHE);
            node.client.await(put(cache, "short", "v", 1000));
            node.client.await(put(cache, "long", "v", 100_000));
            node.put(cache, "eternal", "v");
        }
        clock.advance(1000);
        try (DataNode node = start("node.recover", recover)) {
            int cache = node.open(CACHE);
            assertThat(node.get(cache, "short")).isNull();
            assertThat(node.entries(cache)).containsOnlyKeys(DataNode.text("long"), DataNode.text("eternal"));
            assertThat(node.get(cache, "long")).isEqualTo("v");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "log"})
    void a_cache_without_durability_is_there_and_empty(String recover) throws Exception {
        CacheDefinition none = with("volatile", 0, CacheDefinition.Durability.NONE);
        try (DataNode node = start()) {
            int cache = node.open(none);
            node.put(cache, "k", "v");
            node.put(node.open(CACHE), "k", "v");
        }
        try (DataNode node = start("node.recover", recover)) {
            assertThat(node.caches()).containsExactly("cache", "volatile");
            assertThat(node.entries(node.open(none))).isEmpty();
            assertThat(node.entries(node.open(CACHE))).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "log"})
    void a_destroyed_cache_stays_destroyed_and_its_successor_gets_none_of_its_entries(String recover) throws Exception {
        Path killed = directory.resolve("killed");
        try (DataNode node = start()) {
            int first = node.open(CACHE);
            node.put(first, "old", "v");
            node.put(node.open(CacheDefinition.of("ns", "gone")), "k", "v");
            node.snapshot();
            node.client.await(new Command.DestroyCache("ns", "gone"));
            node.client.await(new Command.DestroyCache("ns", "cache"));
            node.put(node.open(CACHE), "new", "v");
            node.copyTo(killed);
        }
        for (Path data : List.of(killed, directory.resolve("data"))) {
            try (DataNode node = new DataNode(data, clock, "node.recover", recover)) {
                assertThat(node.caches()).containsExactly("cache");
                assertThat(node.entries(node.open(CACHE))).containsOnlyKeys(DataNode.text("new"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void versions_go_on_above_all_earlier_ones_although_the_clock_goes_back(boolean cleanStop) throws Exception {
        long highest = 0;
        Path data = directory.resolve("data");
        for (int start = 0; start < 4; start++) {
            try (DataNode node = new DataNode(data, clock)) {
                assertThat(node.node.health().incarnation()).isGreaterThanOrEqualTo(highest);
                int cache = node.open(CACHE);
                long version = version(node.put(cache, "k" + start, "v"));
                assertThat(version).isGreaterThan(highest);
                // The highest of all goes, and a snapshot has no trace of its entry.
                for (int i = 0; i < 50; i++) {
                    highest = Math.max(highest, version(node.put(cache, "highest" + i, "v")));
                    node.remove(cache, "highest" + i);
                }
                node.snapshot();
                data = directory.resolve("data-" + start);
                if (!cleanStop) {
                    node.copyTo(data);
                }
            }
            if (cleanStop) {
                DataNode.copy(directory.resolve(start == 0 ? "data" : "data-" + (start - 1)), data);
            }
            clock.advance(-100_000);
        }
    }

    @Test
    void lower_bounds_after_a_restart_are_kept_and_what_they_dropped_stays_dropped() throws Exception {
        try (DataNode node = start()) {
            int cache = node.open(CACHE);
            for (int i = 0; i < 100; i++) {
                node.put(cache, "k" + i, "v");
            }
        }
        Map<Bytes, DataNode.Seen> left;
        try (DataNode node = start("store.max-entries", "10")) {
            left = node.entries(node.open(CACHE));
            assertThat(left).hasSize(10);
        }
        try (DataNode node = start()) {
            assertThat(node.entries(node.open(CACHE))).isEqualTo(left);
        }
        try (DataNode node = start("node.recover", "log")) {
            assertThat(node.entries(node.open(CACHE))).isEqualTo(left);
        }
    }

    @Test
    void snapshots_taken_while_all_shards_are_written_to_and_the_log_after_them_give_the_final_state()
            throws Exception {
        int threads = 4;
        AtomicBoolean writing = new AtomicBoolean(true);
        Queue<Throwable> complaints = new ConcurrentLinkedQueue<>();
        List<Path> snapshots = new ArrayList<>();
        Path killed = directory.resolve("killed");
        Map<Bytes, DataNode.Seen> expected;
        try (DataNode node = start("snapshot.keep", "100", "log.segment-bytes", "64kb")) {
            int cache = node.open(CACHE);
            List<Thread> writers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int number = t;
                writers.add(new Thread(() -> {
                    try {
                        write(node, number, writing);
                    } catch (InterruptedException | RuntimeException | AssertionError e) {
                        complaints.add(e);
                    }
                }));
            }
            writers.forEach(Thread::start);
            for (int i = 0; i < 20; i++) {
                snapshots.add(node.snapshot());
            }
            writing.set(false);
            for (Thread writer : writers) {
                writer.join();
            }
            assertThat(complaints).isEmpty();
            expected = node.entries(cache);
            node.copyTo(killed);
        }
        Set<Path> distinct = new HashSet<>(snapshots);
        assertThat(distinct).hasSizeGreaterThan(10);
        assertThat(expected).isNotEmpty();
        // Each of them in turn is the newest one.
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            Path copy = directory.resolve("copy-" + i);
            DataNode.copy(killed, copy);
            for (Path later : snapshots.subList(i + 1, snapshots.size())) {
                if (!later.equals(snapshots.get(i))) {
                    Files.deleteIfExists(copy.resolve("snapshots").resolve(later.getFileName()));
                }
            }
            try (DataNode node = new DataNode(copy, clock, "snapshot.keep", "100", "store.shards", "8")) {
                assertThat(node.loaded).contains(String.valueOf(snapshots.get(i).getFileName()));
                assertThat(node.entries(node.open(CACHE))).isEqualTo(expected);
            }
        }
    }

    private static void write(DataNode node, int number, AtomicBoolean writing) throws InterruptedException {
        RecordingSession session = new RecordingSession("writer " + number, node.node.dispatcher());
        session.await(new Command.OpenCache(1, CACHE, true));
        for (int i = 0; writing.get(); i++) {
            String key = "k" + number + "-" + (i * 31 % 300);
            switch (i % 5) {
                case 0 -> session.await(new Command.Remove(1, DataNode.text(key), Condition.ALWAYS, false));
                case 1 -> session.await(put(1, key, "v" + i, 1_000_000));
                default -> session.await(put(1, key, "v" + i, Ttl.ETERNAL));
            }
            if (i % 1000 == 999 && number == 0) {
                session.await(new Command.Clear(1));
            }
        }
    }

    @Test
    void after_a_failure_of_the_log_changes_are_refused_until_it_is_resumed_and_then_nothing_is_lost()
            throws Exception {
        Path log = directory.resolve("data/log");
        Path away = directory.resolve("data/log.away");
        Path killedReadOnly = directory.resolve("killed-read-only");
        Path killedLater = directory.resolve("killed-later");
        Set<String> acknowledged = new HashSet<>();
        Set<String> before;
        try (DataNode node = start("log.segment-bytes", "64kb")) {
            int cache = node.open(CACHE);
            String large = "v".repeat(10_000);
            node.put(cache, "first", "v");
            acknowledged.add("first");
            node.snapshot();
            Files.move(log, away);
            Files.createFile(log);
            // The next segment cannot be made.
            Reply failed = Reply.Ok.INSTANCE;
            for (int i = 0; !(failed instanceof Reply.Failure); i++) {
                failed = node.put(cache, "k" + i, large);
                if (failed instanceof Reply.Changed) {
                    acknowledged.add("k" + i);
                }
            }
            assertThat(((Reply.Failure) failed).status()).isEqualTo(Status.INDETERMINATE);
            assertThat(acknowledged).hasSizeBetween(5, 7);
            assertRefused(node.put(cache, "refused", "v"));
            assertRefused(node.client.await(new Command.Clear(cache)));
            assertRefused(node.client.await(new Command.DestroyCache("ns", "cache")));
            assertRefused(node.client.await(new Command.OpenCache(99, CacheDefinition.of("ns", "more"), true)));
            assertThat(node.get(cache, "refused")).isNull();
            assertThat(node.get(cache, "first")).isEqualTo("v");
            assertThat(node.node.health().state()).isEqualTo(HealthReport.State.READ_ONLY);
            assertThat(node.node.health().cause()).isNotEmpty();
            // The cause is still there.
            assertRefused(node.client.await(new Command.Resume()), "log");

            Files.delete(log);
            Files.move(away, log);
            before = Set.copyOf(acknowledged);
            DataNode.copy(directory.resolve("data"), killedReadOnly);
            assertThat(node.client.await(new Command.Resume())).isEqualTo(Reply.Ok.INSTANCE);
            assertThat(node.node.health().state()).isEqualTo(HealthReport.State.SERVING);
            assertThat(node.put(cache, "after", "v")).isInstanceOf(Reply.Changed.class);
            acknowledged.add("after");
            node.copyTo(killedLater);
        }
        assertHolds(killedReadOnly, before);
        assertHolds(killedLater, acknowledged);
        assertHolds(directory.resolve("data"), acknowledged);
    }

    private void assertHolds(Path data, Set<String> keys) throws Exception {
        try (DataNode node = new DataNode(data, clock)) {
            Map<Bytes, DataNode.Seen> entries = node.entries(node.open(CACHE));
            for (String key : keys) {
                assertThat(entries).containsKey(DataNode.text(key));
            }
            assertThat(entries).doesNotContainKey(DataNode.text("refused"));
        }
    }

    private static void assertRefused(Reply reply) {
        assertRefused(reply, "bin/distcache resume");
    }

    private static void assertRefused(Reply reply, String says) {
        assertThat(reply).isInstanceOf(Reply.Failure.class);
        assertThat(((Reply.Failure) reply).status()).isEqualTo(Status.READ_ONLY);
        assertThat(((Reply.Failure) reply).message()).contains(says);
    }

    @Test
    void a_damaged_snapshot_does_not_take_the_place_of_a_valid_one() throws Exception {
        Path valid;
        Path damaged;
        try (DataNode node = start()) {
            int cache = node.open(CACHE);
            node.put(cache, "k", "v");
            valid = node.snapshot();
            node.put(cache, "k", "w");
            damaged = node.snapshot();
        }
        Files.write(damaged, new byte[10]);
        try (DataNode node = start("snapshot.keep", "2")) {
            assertThat(node.loaded).contains(String.valueOf(valid.getFileName()));
            int cache = node.open(CACHE);
            assertThat(node.get(cache, "k")).isEqualTo("w");
            node.put(cache, "more", "v");
            Path next = node.snapshot();

            assertThat(Segment.list(directory.resolve("data/snapshots"), ".snapshot"))
                    .containsExactly(valid, next);
        }
    }

    private DataNode start(String... settings) throws Exception {
        return new DataNode(directory.resolve("data"), clock, settings);
    }

    private static Command.Put put(int cache, String key, String value, long ttl) {
        return new Command.Put(cache, DataNode.text(key), DataNode.text(value), Condition.ALWAYS, ttl, false);
    }

    private static long version(Reply reply) {
        return ((Reply.Changed) reply).version();
    }

    private static CacheDefinition with(String name, long maxEntries, CacheDefinition.Durability durability) {
        return new CacheDefinition(
                "ns",
                name,
                CacheDefinition.Expiry.ETERNAL,
                maxEntries,
                0,
                CacheDefinition.WhenFull.EVICT,
                durability,
                Map.of());
    }
}
