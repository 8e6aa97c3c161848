package io.distcache.server;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.Segment;
import io.distcache.server.node.StartException;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node does whose data directory, or a file in it, is removed, replaced or cut off while it runs. */
@Timeout(120)
class LostDirectoryTest {

    /** Something that somebody does to a data directory. */
    private interface Fault {
        void befall(Path data) throws IOException;
    }

    private static final Map<String, Fault> FAULTS = faults();

    @TempDir
    private Path temporary;

    private final ManualClock clock = new ManualClock();

    private static Map<String, Fault> faults() {
        Map<String, Fault> faults = new LinkedHashMap<>();
        faults.put("the directory is removed", LostDirectoryTest::remove);
        faults.put("the directory is renamed", data -> Files.move(data, beside(data)));
        faults.put("the directory is renamed and a new one made", data -> {
            Files.move(data, beside(data));
            Files.createDirectory(data);
        });
        faults.put("a link to another directory is put in its place", data -> {
            Files.move(data, beside(data));
            Files.createSymbolicLink(data, Files.createTempDirectory(data.getParent(), "other"));
        });
        faults.put("the lock file is removed", data -> Files.delete(data.resolve("lock")));
        faults.put("the lock file is replaced", data -> {
            Files.move(data.resolve("lock"), data.resolve("old"));
            Files.writeString(data.resolve("lock"), "somebody else");
        });
        faults.put("the log is removed", data -> remove(data.resolve("log")));
        faults.put("all lock files are removed", data -> {
            Files.delete(data.resolve("lock"));
            Files.delete(data.resolve("log/lock"));
        });
        faults.put("the segment is removed", data -> Files.delete(segment(data)));
        faults.put("the segment is replaced by a copy", data -> {
            Path segment = segment(data);
            Files.copy(segment, data.resolve("copy"));
            Files.delete(segment);
            Files.move(data.resolve("copy"), segment);
        });
        faults.put("the segment is emptied", data -> truncate(segment(data), 0));
        faults.put("the segment is cut off", data -> truncate(segment(data), Files.size(segment(data)) - 1));
        faults.put("the snapshots are removed", data -> remove(data.resolve("snapshots")));
        faults.put("the newest snapshot is removed", data -> Files.delete(snapshot(data)));
        faults.put("the newest snapshot is emptied", data -> truncate(snapshot(data), 0));
        faults.put("the pool's file is removed", data -> Files.delete(data.resolve("pool")));
        return faults;
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_segment_that_was_begun_before_a_kill_and_is_begun_again_is_no_loss(String sync) throws Exception {
        CacheDefinition cache = CacheDefinition.of("ns", "cache");
        Path data = temporary.resolve("data");
        Path killed = temporary.resolve("killed");
        try (DataNode node = start(data, sync)) {
            assertThat(node.put(node.open(cache), "k", "v")).isInstanceOf(Reply.Changed.class);
        }
        try (DataNode node = start(data, sync)) {
            node.copyTo(killed);
        }
        try (DataNode node = start(killed, sync)) {
            int handle = node.open(cache);
            // For longer than it takes until the files are looked at again.
            long until = System.nanoTime() + 3 * DataDirectory.CHECK_MILLIS * 1_000_000L;
            while (System.nanoTime() - until < 0) {
                assertThat(node.put(handle, "k", "w")).isInstanceOf(Reply.Changed.class);
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    @Test
    void a_pool_that_changes_while_the_files_are_looked_at_is_no_loss() throws Exception {
        PoolMember self = new PoolMember("n1", "127.0.0.1:1", 1);
        PoolMember other = new PoolMember("n2", "127.0.0.1:2", 1);
        try (DataNode node = start(temporary.resolve("data"), "os")) {
            long until = System.nanoTime() + 5 * DataDirectory.CHECK_MILLIS * 1_000_000L;
            for (long epoch = 1; System.nanoTime() - until < 0; epoch++) {
                List<PoolMember> members = epoch % 2 == 0 ? List.of(self) : List.of(self, other);
                assertThat(node.client.await(new Command.Pool("n1", new Membership(epoch, members))))
                        .isInstanceOf(Reply.Members.class);
                assertThat(node.node.health().state()).isEqualTo(HealthReport.State.SERVING);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_node_notices_turns_read_only_and_says_why(String sync) throws Exception {
        Map<String, DataNode> nodes = new LinkedHashMap<>();
        Map<String, Integer> handles = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Fault> fault : FAULTS.entrySet()) {
                Path data = temporary.resolve("data" + nodes.size());
                DataNode node = start(data, sync);
                nodes.put(fault.getKey(), node);
                int cache = inPool(node);
                handles.put(fault.getKey(), cache);
                assertThat(node.put(cache, "before", "v")).isInstanceOf(Reply.Changed.class);
                node.snapshot();
                assertThat(node.put(cache, "after", "v")).isInstanceOf(Reply.Changed.class);

                fault.getValue().befall(data);
            }
            for (Map.Entry<String, DataNode> entry : nodes.entrySet()) {
                DataNode node = entry.getValue();
                int cache = handles.get(entry.getKey());

                eventually(entry.getKey() + ": read-only", () -> isReadOnly(node));
                assertThat(node.node.health().cause()).as(entry.getKey()).contains(temporary.toString(), " ");
                Reply.Failure refused = (Reply.Failure) node.put(cache, "late", "v");
                assertThat(refused.status()).as(entry.getKey()).isEqualTo(Status.READ_ONLY);
                assertThat(refused.message()).contains(node.node.health().cause(), "bin/distcache resume");
                assertThat(node.client.await(new Command.Snapshot()))
                        .as(entry.getKey())
                        .isInstanceOf(Reply.Failure.class);
                assertThat(node.get(cache, "after")).isEqualTo("v");

                node.close();
                assertThat(node.node.unkept()).as(entry.getKey()).contains("read-only", "bin/distcache log verify");
            }
        } finally {
            nodes.values().forEach(DataNode::close);
        }
    }

    /** Those that touch the log; a look at the other files comes each second. */
    @Test
    void under_always_nothing_is_answered_that_went_nowhere() throws Exception {
        int at = 0;
        for (Map.Entry<String, Fault> fault : FAULTS.entrySet()) {
            if (fault.getKey().contains("snapshot") || fault.getKey().contains("pool")) {
                continue;
            }
            Path data = temporary.resolve("data" + at++);
            try (DataNode node = start(data, "always")) {
                int cache = node.open(CacheDefinition.of("ns", "cache"));
                node.put(cache, "before", "v");

                fault.getValue().befall(data);

                assertThat(node.put(cache, "after", "v")).as(fault.getKey()).isInstanceOf(Reply.Failure.class);
            }
        }
    }

    @Test
    void a_segment_that_is_emptied_and_written_on_is_noticed_too() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, "interval")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            node.put(cache, "before", "v".repeat(1000));
            eventually("all is on disk", () -> node.node.health().unsyncedBytes() == 0);

            truncate(segment(data), 0);

            while (!isReadOnly(node)) {
                node.put(cache, "more", "v".repeat(1000));
            }
            assertThat(node.node.health().cause())
                    .contains(segment(data).toString())
                    .contains("cut it off");
        }
    }

    /** Each begins soon after the one before, and only the newest is written to. */
    @Test
    void a_segment_that_is_emptied_and_left_behind_by_the_log_is_noticed_too() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = new DataNode(data, clock, "log.sync", "interval", "log.segment-bytes", "64kb")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            Path emptied = segment(data);
            truncate(emptied, 0);

            putUntilReadOnly(node, cache);

            assertThat(node.node.health().cause()).contains(emptied.toString(), "cut it off");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"removed", "emptied", "cut off"})
    void an_older_segment_that_a_start_would_need_is_missed(String fault) throws Exception {
        Path data = temporary.resolve("data");
        Path copy = temporary.resolve("copy");
        try (DataNode node = new DataNode(data, clock, "log.segment-bytes", "64kb")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            putSegments(node, cache, data, 3);
            node.copyTo(copy);
            assertMissed(node, data, fault);
        }
        // And one that an earlier process has written.
        try (DataNode node = new DataNode(copy, clock, "log.segment-bytes", "64kb")) {
            assertMissed(node, copy, fault);
        }
    }

    @Test
    void an_older_segment_that_no_start_needs_may_be_taken_away() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = new DataNode(data, clock, "log.segment-bytes", "64kb", "log.retain", "all")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            putSegments(node, cache, data, 3);
            node.snapshot();
            node.put(cache, "after", "v");
            Files.delete(oldestSegment(data));

            Thread.sleep(3 * DataDirectory.CHECK_MILLIS);

            assertThat(node.node.health().state()).isEqualTo(HealthReport.State.SERVING);
        }
    }

    private static void putSegments(DataNode node, int cache, Path data, int count) throws Exception {
        for (int i = 0; Segment.list(data.resolve("log")).size() < count; i++) {
            node.put(cache, "k" + i, "v".repeat(1000));
        }
    }

    private static void assertMissed(DataNode node, Path data, String fault) throws IOException {
        Path oldest = oldestSegment(data);
        switch (fault) {
            case "removed" -> Files.delete(oldest);
            case "emptied" -> truncate(oldest, 0);
            default -> truncate(oldest, Files.size(oldest) - 1);
        }
        eventually(fault + ": read-only", () -> isReadOnly(node));
        assertThat(node.node.health().cause()).contains(oldest.toString());
    }

    private static Path oldestSegment(Path data) throws IOException {
        return Segment.list(data.resolve("log")).get(0);
    }

    // --- afterwards

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_directory_that_comes_back_is_taken_again_and_holds_all_that_was_answered(String sync) throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, sync)) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            node.put(cache, "before", "v");
            Files.move(data, beside(data));
            Set<String> answered = putUntilReadOnly(node, cache);
            answered.add("before");

            Reply.Failure refused = (Reply.Failure) node.client.await(new Command.Resume());
            assertThat(refused.status()).isEqualTo(Status.READ_ONLY);
            assertThat(refused.message()).contains(data + " is gone", "Move it back", "resume");

            Files.move(beside(data), data);
            assertServesAndKeeps(node, cache, answered);
        }
    }

    @Test
    void an_empty_directory_in_its_place_gets_everything_that_is_in_memory() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, "interval")) {
            int cache = inPool(node);
            node.put(cache, "before", "v");
            remove(data);
            Set<String> answered = putUntilReadOnly(node, cache);
            answered.add("before");

            Files.createDirectory(data);
            assertServesAndKeeps(node, cache, answered);
            assertThat(data.resolve("pool")).isNotEmptyFile();
        }
    }

    @Test
    void a_directory_that_is_anothers_is_not_touched() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, "interval")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            node.put(cache, "before", "v");
            Files.move(data, beside(data));
            Files.createDirectory(data);
            Files.writeString(data.resolve("theirs"), "theirs");
            putUntilReadOnly(node, cache);

            Reply.Failure refused = (Reply.Failure) node.client.await(new Command.Resume());

            assertThat(refused.message()).contains(data.toString(), "another directory", "not empty");
        }
        try (Stream<Path> files = Files.list(data)) {
            assertThat(files).containsExactly(data.resolve("theirs"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lock", "log", "snapshots", "log/lock"})
    void what_is_missing_in_it_is_made_anew(String name) throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, "interval")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            node.put(cache, "before", "v");
            node.snapshot();
            remove(data.resolve(name));
            Set<String> answered = putUntilReadOnly(node, cache);
            answered.add("before");

            assertServesAndKeeps(node, cache, answered);
            assertThatThrownBy(() -> start(data, "interval"))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void a_lock_that_was_removed_and_made_anew_leaves_nothing_taken() throws Exception {
        Path data = temporary.resolve("data");
        Path other = Files.createDirectory(temporary.resolve("other"));
        try (DataNode node = start(data, "interval")) {
            int cache = node.open(CacheDefinition.of("ns", "cache"));
            // The file gets another name instead of going away, as its inode may come back under another name.
            Files.createLink(other.resolve("lock"), data.resolve("lock"));
            Files.delete(data.resolve("lock"));
            putUntilReadOnly(node, cache);
            assertThat(node.client.await(new Command.Resume())).isEqualTo(Reply.Ok.INSTANCE);

            try (DataNode next = start(other, "interval")) {
                assertThat(next.node.health().state()).isEqualTo(HealthReport.State.SERVING);
            }
        }
    }

    private void assertServesAndKeeps(DataNode node, int cache, Set<String> answered) throws Exception {
        assertThat(node.client.await(new Command.Resume())).isEqualTo(Reply.Ok.INSTANCE);
        assertThat(node.node.health().state()).isEqualTo(HealthReport.State.SERVING);
        assertThat(node.put(cache, "resumed", "v")).isInstanceOf(Reply.Changed.class);
        Path copy = temporary.resolve("copy");
        node.copyTo(copy);
        try (DataNode next = start(copy, "interval")) {
            int again = next.open(CacheDefinition.of("ns", "cache"));
            for (String key : answered) {
                assertThat(next.get(again, key)).as(key).isEqualTo("v");
            }
            assertThat(next.get(again, "resumed")).isEqualTo("v");
        }
    }

    // --- steps

    private DataNode start(Path data, String sync) throws IOException {
        return new DataNode(data, clock, "log.sync", sync);
    }

    private static int inPool(DataNode node) throws InterruptedException {
        int cache = node.open(CacheDefinition.of("ns", "cache"));
        Reply joined = node.client.await(
                new Command.Pool("n1", new Membership(1, List.of(new PoolMember("n1", "127.0.0.1:1", 1)))));
        assertThat(joined).isInstanceOf(Reply.Members.class);
        return cache;
    }

    /** The keys whose changes were answered although they went nowhere. */
    private static Set<String> putUntilReadOnly(DataNode node, int cache) throws InterruptedException {
        Set<String> answered = new TreeSet<>();
        for (int i = 0; !isReadOnly(node); i++) {
            if (node.put(cache, "late" + i, "v") instanceof Reply.Changed) {
                answered.add("late" + i);
            }
        }
        return answered;
    }

    private static boolean isReadOnly(DataNode node) {
        return node.node.health().state() == HealthReport.State.READ_ONLY;
    }

    private static Path beside(Path data) {
        return data.resolveSibling(data.getFileName() + "-moved");
    }

    private static Path segment(Path data) throws IOException {
        return newest(data.resolve("log"), ".log");
    }

    private static Path snapshot(Path data) throws IOException {
        return newest(data.resolve("snapshots"), ".snapshot");
    }

    private static Path newest(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE)) {
            opened.truncate(bytes);
        }
    }

    private static void remove(Path root) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(root)) {
            files = new ArrayList<>(all.toList());
        }
        files.sort(Comparator.reverseOrder());
        for (Path file : files) {
            Files.delete(Objects.requireNonNull(file));
        }
    }
}
