package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.DistCacheClient;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NodeReport;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.fixtures.Seed;
import io.distcache.testing.DistCacheCommand.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node does when its disk cannot be written, and that everything acknowledged is there afterwards. */
@Timeout(180)
class FaultyDiskIT {
    private static final String NAMESPACE = "faulty";
    private static final String NO_SPACE = "No space left on device";
    private static final Duration LIFE = new Duration(TimeUnit.SECONDS, 6);
    private static final long SEED = Seed.of(FaultyDiskIT.class, 20_261_128);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path temporary;

    private final Ledger ledger = Load.newLedger();
    private NodeProcess node;
    private CacheManager manager;

    @BeforeEach
    void sayWithWhich() {
        System.out.println("seed=" + SEED);
    }

    @AfterEach
    void stop() {
        leave();
        if (node != null) {
            node.close();
        }
    }

    // --- a full disk

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void on_a_full_disk_a_node_takes_reads_only_until_it_has_space_and_is_told_to_resume(String sync) {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"))) {
            NodeSetup setup = onlyLog(disk.directory(), "log.sync=" + sync);
            startFirst(setup);
            writeUntilReadOnly();
            assertReadOnly(NO_SPACE);

            boolean unused = resume();
            assertStillReadOnlyWhenWritten();

            disk.returnSpace();
            assertThat(resume()).isTrue();
            assertServes();
            write(500);
            killAndStartAgain(setup);
            stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_node_killed_on_a_full_disk_comes_back_when_it_has_space(String sync) {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"))) {
            NodeSetup setup = onlyLog(disk.directory(), "log.sync=" + sync);
            startFirst(setup);
            writeUntilReadOnly();
            kill();

            disk.returnSpace();
            start(setup);
            assertServes();
            write(500);
            killAndStartAgain(setup);
            stop();
        }
    }

    @Test
    void a_node_that_starts_on_a_full_disk_takes_reads_only_until_it_has_space_and_is_told_to_resume() {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"))) {
            NodeSetup setup = onlyLog(disk.directory());
            startFirst(setup);
            writeUntilReadOnly();
            kill();

            start(setup);
            assertHoldsWhatWasAcknowledged();
            writeUntilReadOnly();
            assertReadOnly(NO_SPACE);

            disk.returnSpace();
            assertThat(resume()).isTrue();
            assertServes();
            write(500);
            killAndStartAgain(setup);
            stop();
        }
    }

    @Test
    void a_node_killed_after_it_had_too_little_space_to_resume_comes_back_when_it_has_enough() {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"))) {
            NodeSetup setup = onlyLog(disk.directory());
            startFirst(setup);
            Cache<String, String> expiring = manager.createCache(
                    "expiring",
                    new MutableConfiguration<String, String>()
                            .setTypes(String.class, String.class)
                            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(LIFE)));
            expiring.put("key", "value");
            writeUntilReadOnly();
            disk.returnCrumb();
            assertThat(resume()).isFalse();
            // The end of an entry's life is a change that nobody asks for, so nobody is refused it.
            eventually(() -> assertThat(expiring).isEmpty());
            assertReadOnly("");
            kill();

            disk.returnSpace();
            start(setup);
            assertServes();
            write(500);
            killAndStartAgain(setup);
            stop();
        }
    }

    @Test
    void a_disk_that_fills_up_with_snapshots_going_on_loses_nothing_either() {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"))) {
            NodeSetup setup = keepsDataIn(disk.directory())
                    .withSettings(
                            "log.segment-bytes=64kb",
                            "snapshot.interval=200ms",
                            "snapshot.min-changes=1",
                            "log.retain=all");
            startFirst(setup);
            writeUntilReadOnly();
            assertReadOnly(NO_SPACE);

            disk.returnSpace();
            assertThat(resume()).isTrue();
            assertServes();
            write(100);
            killAndStartAgain(setup);
            stop();
        }
    }

    // --- files that can no longer grow

    @Test
    void when_files_may_not_grow_a_node_takes_reads_only_until_they_may_and_it_is_told_to_resume() {
        NodeSetup setup = onlyLog(temporary.resolve("data"));
        startFirst(setup);
        write(100);
        FileSizeLimit.set(node.process().pid(), "100000");
        writeUntilReadOnly();
        assertReadOnly("File too large");

        FileSizeLimit.set(node.process().pid(), "unlimited");
        assertThat(resume()).isTrue();
        assertServes();
        write(500);
        killAndStartAgain(setup);
    }

    // --- a directory that can no longer be written

    @Test
    void in_a_directory_made_read_only_a_node_takes_reads_only_until_it_is_writable_and_is_told_to_resume()
            throws IOException {
        Path data = temporary.resolve("data");
        NodeSetup setup = onlyLog(data).withCommandPrefix(BoundByPermissions.commandPrefix(temporary));
        startFirst(setup);
        write(100);
        setPermissions(data, "r-x------");
        writeUntilReadOnly();
        assertReadOnly("denied");

        assertThat(resume()).isFalse();
        assertReadOnly("denied");

        setPermissions(data, "rwx------");
        assertThat(resume()).isTrue();
        assertServes();
        write(500);
        killAndStartAgain(setup);
    }

    private static void setPermissions(Path root, String permissions) throws IOException {
        List<Path> directories;
        try (Stream<Path> all = Files.walk(root)) {
            directories = all.filter(Files::isDirectory).toList();
        }
        for (Path directory : directories) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
        }
    }

    // --- starts that are refused

    @Test
    void a_second_node_on_one_directory_refuses_to_start_and_names_the_holder() {
        Path data = temporary.resolve("data");
        startFirst(keepsDataIn(data));
        write(100);

        Ended second = startThatIsRefused(data);

        assertThat(second.exitCode()).isEqualTo(2);
        assertThat(String.join("\n", second.output()))
                .contains(data.toString(), Long.toString(node.process().pid()))
                .doesNotContain("Exception", "ready ");
        write(100);
        killAndStartAgain(keepsDataIn(data));
    }

    @Test
    void a_damaged_older_segment_stops_the_start_which_says_where_and_changes_nothing() throws IOException {
        Path data = temporary.resolve("data");
        // What was not synced may be torn anywhere after a loss of power, so damage there would be taken for that.
        NodeSetup setup = onlyLog(data, "log.segment-bytes=64kb", "log.sync=always");
        startFirst(setup);
        write(1000);
        kill();
        List<Path> segments = files(data.resolve("log"));
        assertThat(segments).hasSizeGreaterThan(3);
        Path damaged = segments.get(segments.size() / 2);
        flipByteInTheMiddle(damaged);
        Map<Path, Integer> before = hashes(data);

        Ended refused = startThatIsRefused(data);

        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(String.join("\n", refused.output()))
                .contains(damaged.getFileName().toString(), "distcache log verify")
                .containsPattern("byte \\d+")
                .doesNotContain("Exception", "ready ");
        assertThat(hashes(data)).isEqualTo(before);

        flipByteInTheMiddle(damaged);
        start(setup);
        assertHoldsWhatWasAcknowledged();
    }

    private static Ended startThatIsRefused(Path data) {
        return DistCacheCommand.run("server", "--port", "0", "--data-dir", data.toString());
    }

    private static void flipByteInTheMiddle(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(file, bytes);
    }

    /** The files of a directory, by name. */
    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    /** What is in a data directory, but for the lock, which each start takes. */
    private static Map<Path, Integer> hashes(Path data) throws IOException {
        Map<Path, Integer> hashes = new TreeMap<>();
        for (String directory : List.of("log", "snapshots")) {
            for (Path file : files(data.resolve(directory))) {
                // The lock says who holds it, and that is another one after each attempt.
                if (!file.endsWith("lock")) {
                    hashes.put(file, Arrays.hashCode(Files.readAllBytes(file)));
                }
            }
        }
        return hashes;
    }

    // --- a clean stop

    @Test
    void a_node_told_to_stop_under_load_leaves_a_snapshot_of_everything_that_was_acknowledged() {
        NodeSetup setup = onlyLog(temporary.resolve("data"));
        startFirst(setup);
        try (Load load = Load.start(node.uri(NAMESPACE), ledger, SEED)) {
            eventually(() -> assertThat(ledger.acknowledged()).isGreaterThan(2000));
            assertThat(node.stop()).as("exit code").isZero();
            assertThat(load.awaitEnd()).hasSize(Load.WRITERS);
        }
        leave();

        start(setup);
        assertThat(node.process().lines()).anyMatch(line -> line.contains(".snapshot and 0 records of the log"));
        assertHoldsWhatWasAcknowledged();
        assertServes();
    }

    // --- steps

    /** A node whose log has small segments, none of which a snapshot ever makes superfluous. */
    private static NodeSetup onlyLog(Path data, String... settings) {
        return keepsDataIn(data)
                .withSettings("log.segment-bytes=256kb", "snapshot.interval=0s", "snapshot.log-bytes=0")
                .withSettings(settings);
    }

    private static NodeSetup keepsDataIn(Path data) {
        return NodeSetup.of()
                .withDataDirectory(data)
                .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    private void startFirst(NodeSetup setup) {
        start(setup);
        ledger.createAll(manager);
    }

    private void start(NodeSetup setup) {
        node = setup.start();
        manager = Load.manager(node.uri(NAMESPACE), "20s");
    }

    private void leave() {
        if (manager != null) {
            manager.close();
            manager = null;
        }
    }

    private void kill() {
        leave();
        node.kill();
    }

    private void killAndStartAgain(NodeSetup setup) {
        kill();
        start(setup);
        assertHoldsWhatWasAcknowledged();
    }

    /** So many changes, all acknowledged. */
    private void write(long changes) {
        long enough = ledger.acknowledged() + changes;
        try (Load load = Load.start(node.uri(NAMESPACE), ledger, SEED)) {
            eventually(() -> assertThat(ledger.acknowledged()).isGreaterThan(enough));
            assertThat(load.end()).isEmpty();
        }
    }

    private void writeUntilReadOnly() {
        try (Load load = Load.start(node.uri(NAMESPACE), ledger, SEED)) {
            assertThat(load.awaitEnd()).hasSize(Load.WRITERS).allSatisfy(failure -> {
                // Those in flight at that moment are in doubt.
                if (!(failure.getCause() instanceof IndeterminateException)) {
                    assertRefusedAsReadOnly(failure);
                }
            });
        }
    }

    /** What an operator does; returns whether the node takes changes again. */
    private boolean resume() {
        Ended ended = DistCacheCommand.run("resume", "--node", node.address());
        if (ended.exitCode() != 0) {
            System.out.println("not resumed: " + ended.output());
            assertThat(ended.exitCode()).isEqualTo(1);
        }
        return ended.exitCode() == 0;
    }

    private void assertReadOnly(String cause) {
        DistCacheClient client = manager.unwrap(DistCacheClient.class);
        eventually(() -> assertThat(client.health()).hasValueSatisfying(health -> {
            assertThat(health.state()).isEqualTo(NodeReport.State.READ_ONLY);
            assertThat(health.cause()).contains(cause);
        }));
        Cache<String, String> cache = Ledger.texts(manager, Ledger.ENTRIES);
        List<Map.Entry<String, ThrowingCallable>> changes = List.of(
                Map.entry("put", () -> cache.put("refused", "refused")),
                Map.entry("putIfAbsent", () -> cache.putIfAbsent("refused", "refused")),
                Map.entry("getAndPut", () -> cache.getAndPut("refused", "refused")),
                Map.entry("putAll", () -> cache.putAll(Map.of("refused", "refused", "too", "too"))),
                Map.entry("remove", () -> cache.remove(anyKey())),
                Map.entry("removeAll of keys", () -> cache.removeAll(Set.of(anyKey()))),
                Map.entry("removeAll", () -> cache.removeAll()),
                Map.entry("clear", () -> cache.clear()),
                Map.entry(
                        "invoke",
                        () -> cache.invoke("refused", (entry, arguments) -> {
                            entry.setValue("refused");
                            return null;
                        })),
                Map.entry(
                        "createCache",
                        () -> manager.createCache("refused", new MutableConfiguration<String, String>())),
                // Last: it closes the cache here, until it is asked for again.
                Map.entry("destroyCache", () -> manager.destroyCache(Ledger.ENTRIES)));
        changes.forEach(change -> assertThatThrownBy(change.getValue())
                .as(change.getKey())
                .isInstanceOfSatisfying(CacheException.class, FaultyDiskIT::assertRefusedAsReadOnly));
        assertThat(ledger.compare(manager)).isEmpty();
    }

    private static void assertRefusedAsReadOnly(CacheException failure) {
        assertThat(failure)
                .hasMessageContaining("read-only")
                .cause()
                .isInstanceOfSatisfying(
                        RequestRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.READ_ONLY));
    }

    private String anyKey() {
        return ledger.entries.keys().stream()
                .filter(key -> !ledger.entries.inDoubt(key)
                        && ledger.entries.expected(key).isPresent())
                .findFirst()
                .orElseThrow();
    }

    /** Told to resume while nothing has changed, a node may try; it must end where it was. */
    private void assertStillReadOnlyWhenWritten() {
        ledger.compareAndAdopt(manager);
        writeUntilReadOnly();
        assertReadOnly(NO_SPACE);
    }

    private void assertServes() {
        DistCacheClient client = manager.unwrap(DistCacheClient.class);
        eventually(() -> assertThat(client.health()).hasValueSatisfying(health -> {
            assertThat(health.state()).isEqualTo(NodeReport.State.SERVING);
            assertThat(health.cause()).isEmpty();
        }));
        assertHoldsWhatWasAcknowledged();
    }

    private void assertHoldsWhatWasAcknowledged() {
        assertThat(ledger.compareAndAdopt(manager).violations())
                .as("the node printed:%n%s", String.join("\n", node.process().lines()))
                .isEmpty();
    }
}
