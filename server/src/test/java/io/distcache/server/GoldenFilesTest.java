package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads a data directory that a node of format version 1 wrote and that is never written again: every later version must find in
 * it what is said here. It was made by {@link #main}; for a later format version make a directory beside it.
 */
class GoldenFilesTest {
    private static final Path FILES = Path.of("src/test/resources/formats/v1");
    private static final long NOW = 1_000_000;
    private static final CacheDefinition PLAIN = CacheDefinition.of("ns", "plain");
    private static final CacheDefinition RICH = new CacheDefinition(
            "other",
            "reich an Möglichkeiten",
            new CacheDefinition.Expiry(60_000, 30_000, Ttl.UNCHANGED, true),
            1000,
            1 << 20,
            CacheDefinition.WhenFull.REFUSE,
            CacheDefinition.Durability.LOGGED,
            Map.of("keyType", "java.lang.String", "valueType", "java.lang.Long"));
    private static final CacheDefinition VOLATILE = new CacheDefinition(
            "ns",
            "volatile",
            CacheDefinition.Expiry.ETERNAL,
            0,
            0,
            CacheDefinition.WhenFull.EVICT,
            CacheDefinition.Durability.NONE,
            Map.of());

    @TempDir
    private Path directory;

    private Path data;

    @BeforeEach
    void copy() throws IOException {
        data = directory.resolve("data");
        DataNode.copy(FILES, data);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SNAPSHOT", "LOG"})
    void a_node_finds_what_was_written(String recover) throws IOException {
        ModelledLog.Store store = recovered(recover);

        assertThat(store.state())
                .isEqualTo(Map.of(
                        "plain",
                        Map.of(
                                text("first"), entry("changed", 1048576000021L, EntryRecord.NO_DEADLINE),
                                text("touched"), entry("value", 1048576000012L, NOW + 5_000),
                                text("after the snapshot"), entry("", 1048576000014L, EntryRecord.NO_DEADLINE)),
                        "reich an Möglichkeiten",
                        Map.of(
                                text("long"), entry("x".repeat(300), 1048576000010L, NOW + 60_000),
                                text("second start"), entry("z", 1048576000023L, NOW + 60_000)),
                        "volatile",
                        Map.of(),
                        "again",
                        Map.of(text("new"), entry("v", 1048576000029L, EntryRecord.NO_DEADLINE))));
        assertThat(store.caches.all().stream().map(Cache::definition).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(PLAIN, RICH, VOLATILE, CacheDefinition.of("ns", "again"));
    }

    @Test
    void versions_go_on_above_those_that_were_written() throws Exception {
        try (DataNode node = new DataNode(data, new ManualClock())) {
            Reply.Changed put = (Reply.Changed) node.put(node.open(PLAIN), "more", "v");

            assertThat(put.version()).isGreaterThan(1048576000029L);
        }
    }

    @Test
    void the_segments_are_of_two_starts() throws IOException {
        List<Path> segments = Segment.list(data.resolve("log"));
        assertThat(segments).hasSize(2);
        Segment first = Segment.open(segments.get(0));
        Segment second = Segment.open(segments.get(1));
        assertThat(first).isNotNull();
        assertThat(second).isNotNull();
        assertThat(first.shards()).isEqualTo(4);
        assertThat(second.shards()).isEqualTo(2);
        assertThat(second.incarnation()).isGreaterThan(first.incarnation());
        try (LogReader reader = new LogReader(data.resolve("log"), 0, 0)) {
            int records = 0;
            while (reader.next()) {
                records++;
                assertThat(reader.millis()).isEqualTo(NOW);
            }
            assertThat(records).isEqualTo(19);
            assertThat(reader.tail()).isNull();
        }
    }

    private ModelledLog.Store recovered(String recover) throws IOException {
        ModelledLog.Store store = new ModelledLog.Store(8);
        Recovery recovery = recover.equals("LOG") ? Recovery.ofWholeLog(data) : Recovery.of(data);
        recovery.into(store.caches, store.shards, 2, 0, percent -> {});
        return store;
    }

    private static Bytes text(String text) {
        return DataNode.text(text);
    }

    private static ModelledLog.Entry entry(String value, long version, long deadlineMillis) {
        return new ModelledLog.Entry(text(value), version, deadlineMillis);
    }

    /** Writes the files: {@code DIR.killed} is what belongs here, without its lock. */
    public static void main(String[] args) throws Exception {
        ManualClock clock = new ManualClock();
        Path to = Path.of(args[0]);
        try (DataNode node = new DataNode(to, clock, "log.retain", "all")) {
            int plain = node.open(PLAIN);
            int rich = node.open(RICH);
            node.put(node.open(VOLATILE), "not logged", "v");
            node.put(plain, "first", "value");
            node.put(plain, "removed", "value");
            node.put(plain, "touched", "value");
            long version = node.entries(plain).get(text("touched")).version();
            node.client.await(new Command.TouchAll(plain, List.of(new Command.Touch(text("touched"), version, 5_000))));
            node.put(rich, "long", "x".repeat(300));
            node.remove(plain, "removed");
            int again = node.open(CacheDefinition.of("ns", "again"));
            node.put(again, "old", "v");
            node.snapshot();
            node.put(plain, "after the snapshot", "");
            node.client.await(new Command.DestroyCache("ns", "again"));
        }
        try (DataNode node = new DataNode(to, clock, "log.retain", "all", "store.shards", "2")) {
            int plain = node.open(PLAIN);
            node.put(plain, "first", "changed");
            node.put(node.open(RICH), "second start", "z");
            int again = node.open(CacheDefinition.of("ns", "again"));
            node.put(again, "cleared", "v");
            node.client.await(new Command.Clear(again));
            node.put(again, "new", "v");
            // As a kill leaves it: without the snapshot of a clean stop.
            node.copyTo(to.resolveSibling(to.getFileName() + ".killed"));
        }
    }
}
