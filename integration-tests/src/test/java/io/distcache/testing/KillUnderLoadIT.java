package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.testing.Ledger.Comparison;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is killed at any moment under load comes back with every acknowledged change and without any that was overwritten
 * or removed; under each sync policy, for the page cache survives a killed process. What was not acknowledged may be either way.
 *
 * <p>{@code mvn verify} kills 10 times. More, and the same again, are had by
 *
 * <pre>
 *  mvn verify -pl integration-tests -am -Dit.test=KillUnderLoadIT -Dfailsafe.failIfNoSpecifiedTests=false \
 *      -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false \
 *      -Ddistcache.testing.kill-cycles=500 [-Ddistcache.testing.seed=SEED]
 * </pre>
 *
 * A failure names its seed, which gives the same kills and the same load again as far as a schedule of threads allows, and leaves
 * the data directory where it is.
 */
class KillUnderLoadIT {
    private static final int CYCLES = Integer.getInteger("distcache.testing.kill-cycles", 10);
    private static final long SEED = Seed.of(KillUnderLoadIT.class, 20_261_128);
    /** After so many a node begins with an empty directory again; every second one keeps its whole log. */
    private static final int CYCLES_PER_DIRECTORY = Math.max(1, Math.min(9, CYCLES / 2));

    private static final List<String> SYNC_POLICIES = List.of("always", "interval", "os");
    private static final String NAMESPACE = "killed";
    private static final Duration SHORT_LIFE = Duration.ofMillis(500);
    private static final int SHOWN = 20;
    private static final Duration SNAPSHOT_LIMIT = Duration.ofSeconds(2);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path temporary;

    private final Random random = new Random(SEED);
    private final List<String> context = new ArrayList<>();
    private NodeProcess node;
    private long startMillis = 600;

    private long acknowledged;
    private long settled;
    private int killedInSnapshots;
    private int killedInStarts;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void whatever_was_acknowledged_is_there_after_a_kill_and_nothing_else() throws Exception {
        long began = System.nanoTime();
        for (int from = 0; from < CYCLES; from += CYCLES_PER_DIRECTORY) {
            Path directory = temporary.resolve("from-cycle-" + from);
            liveIn(directory, from, Math.min(CYCLES, from + CYCLES_PER_DIRECTORY));
            delete(directory);
        }
        System.out.println("kill -9 under load: seed=" + SEED + ", " + CYCLES + " cycles in "
                + (System.nanoTime() - began) / 1_000_000_000 + " s, " + acknowledged
                + " acknowledged changes, none lost, none back; " + settled + " in doubt; " + killedInSnapshots
                + " kills during a snapshot, " + killedInStarts + " during a start");
        assertThat(acknowledged).isGreaterThan(100L * CYCLES);
    }

    @Test
    void a_log_that_has_lost_its_tail_is_found_out() throws IOException {
        Path directory = temporary.resolve("cut");
        NodeSetup setup = setup(directory).withSettings("snapshot.interval=0s");
        Ledger ledger = Load.newLedger();
        node = setup.start();
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            ledger.createAll(manager);
        }
        try (Load load = Load.start(node.uri(NAMESPACE), ledger, random.nextLong())) {
            eventually(() -> assertThat(ledger.acknowledged()).isGreaterThan(2000));
            node.kill();
            load.awaitEnd();
        }
        cutNewestSegment(directory.resolve("log"));
        // The node may have noted, each second, how far its log went; without that nothing but the ledger knows.
        Files.delete(directory.resolve("log-end"));
        node = setup.start();
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            List<Violation> violations = ledger.compare(manager);
            assertThat(violations).anyMatch(violation -> violation.found().equals("nothing"));
            assertThat(violations).anyMatch(violation -> violation.cache().equals(Ledger.COUNTERS));
        }
    }

    private static void cutNewestSegment(Path log) throws IOException {
        Path newest;
        try (Stream<Path> segments = Files.list(log)) {
            newest = segments.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        try (FileChannel file = FileChannel.open(newest, StandardOpenOption.WRITE)) {
            file.truncate(file.size() / 2);
        }
    }

    @Test
    void entries_that_expired_while_the_node_was_down_are_not_served_and_others_are() {
        NodeSetup setup = setup(temporary.resolve("expiring"));
        node = setup.start();
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            expiring(manager, "short", SHORT_LIFE).put("key", "value");
            expiring(manager, "long", Duration.ofHours(1)).put("key", "value");
        }
        node.kill();
        long expired = System.nanoTime() + SHORT_LIFE.toNanos();
        eventually(() -> assertThat(System.nanoTime() - expired).isPositive());

        node = setup.start();
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            Cache<String, String> expiring = Ledger.texts(manager, "short");
            assertThat(expiring.get("key")).isNull();
            assertThat(expiring).isEmpty();
            assertThat(Ledger.texts(manager, "long").get("key")).isEqualTo("value");
        }
    }

    private static Cache<String, String> expiring(CacheManager manager, String name, Duration life) {
        return manager.createCache(
                name,
                new MutableConfiguration<String, String>()
                        .setTypes(String.class, String.class)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(
                                new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, life.toMillis()))));
    }

    @Test
    void a_client_that_stays_finds_its_entries_when_the_node_is_back_on_its_port() {
        NodeSetup setup = setup(temporary.resolve("stays"));
        node = setup.start();
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "2s")) {
            Cache<String, String> cache = expiring(manager, "stays", Duration.ofHours(1));
            cache.put("key", "value");
            int port = node.port();
            node.kill();
            node = setup.withPort(port).start();
            eventually(() -> assertThat(cache.get("key")).isEqualTo("value"));
            cache.put("key", "other");
            assertThat(cache.get("key")).isEqualTo("other");
        }
    }

    /** How a node runs in one cycle and when it is killed. */
    private record Cycle(int number, String sync, boolean frequentSnapshots, int killsAtStart) {
        NodeSetup setup(NodeSetup life) {
            NodeSetup setup = life.withSettings("log.sync=" + sync);
            return frequentSnapshots
                    ? setup.withSettings("log.segment-bytes=1mb", "snapshot.interval=200ms", "snapshot.min-changes=1")
                    : setup;
        }
    }

    private static NodeSetup setup(Path directory) {
        return NodeSetup.of()
                .withDataDirectory(directory)
                .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    private Cycle cycle(int number) {
        return new Cycle(
                number,
                SYNC_POLICIES.get(number % SYNC_POLICIES.size()),
                random.nextInt(5) < 3,
                random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0);
    }

    private void liveIn(Path directory, int from, int to) throws Exception {
        Ledger ledger = Load.newLedger();
        boolean keepsLog = from / CYCLES_PER_DIRECTORY % 2 == 1;
        NodeSetup life = keepsLog ? setup(directory).withSettings("log.retain=all") : setup(directory);
        Cycle cycle = cycle(from);
        node = start(cycle.setup(life));
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            ledger.createAll(manager);
        }
        while (cycle.number() < to) {
            Cycle next = cycle(cycle.number() + 1);
            context.clear();
            context.add("seed=" + SEED + " killed in " + cycle + " directory=" + directory);
            try (Load load = Load.start(node.uri(NAMESPACE), ledger, random.nextLong())) {
                kill(cycle, directory, load);
                // The calls in flight end while the node starts elsewhere.
                killAtStart(cycle, next.setup(life));
                node = start(next.setup(life));
                load.awaitEnd();
            }
            compare(ledger);
            cycle = next;
        }
        acknowledged += ledger.acknowledged();
        node.kill();
        if (keepsLog) {
            context.add("from the log alone");
            node = life.withArguments("--recover=log").start();
            compare(ledger);
            node.kill();
        }
    }

    private NodeProcess start(NodeSetup setup) {
        long began = System.nanoTime();
        NodeProcess started = setup.start();
        startMillis = (System.nanoTime() - began) / 1_000_000;
        return started;
    }

    private void kill(Cycle cycle, Path directory, Load load) {
        pause(100 + random.nextInt(900));
        if (cycle.frequentSnapshots() && awaitSnapshotUnderWay(directory)) {
            pause(random.nextInt(20));
            killedInSnapshots++;
        }
        List<CacheException> ended = load.isRunning() ? List.of() : load.awaitEnd();
        node.kill();
        assertThat(ended)
                .as("a writer still writes when the node is killed, %s", context)
                .isEmpty();
    }

    /** Whether a snapshot is seen being written aside. */
    private static boolean awaitSnapshotUnderWay(Path directory) {
        long deadline = System.nanoTime() + SNAPSHOT_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            try (Stream<Path> files = Files.list(directory.resolve("snapshots"))) {
                if (files.anyMatch(file -> !file.toString().endsWith(".snapshot"))) {
                    return true;
                }
            } catch (IOException e) {
                // Not made yet.
            }
            pause(1);
        }
        return false;
    }

    /** Kills a node, once or more, while it starts and replays. */
    private void killAtStart(Cycle cycle, NodeSetup next) {
        for (int i = 0; i < cycle.killsAtStart(); i++) {
            context.add("then killed at its start");
            try (JavaProcess starting = next.launch()) {
                pause(random.nextInt((int) Math.max(2, startMillis * 11 / 10)));
                assertThat(starting.isAlive())
                        .as("a start goes on until it is killed, %s; it printed: %s", context, starting.lines())
                        .isTrue();
                if (starting.lines().stream().noneMatch(line -> line.startsWith("ready "))) {
                    killedInStarts++;
                }
            }
        }
    }

    private void compare(Ledger ledger) {
        try (CacheManager manager = Load.manager(node.uri(NAMESPACE), "20s")) {
            Comparison comparison = ledger.compareAndAdopt(manager);
            settled += comparison.settled();
            List<Violation> violations = comparison.violations();
            assertThat(violations.stream().limit(SHOWN).toList())
                    .as(
                            "%d wrong after a kill, %s; the node printed:%n%s",
                            violations.size(),
                            context,
                            String.join("\n", node.process().lines()))
                    .isEmpty();
        } catch (CacheException e) {
            throw new AssertionError(
                    "what is there after a kill cannot be read, " + context + "; the node printed:\n"
                            + String.join("\n", node.process().lines()),
                    e);
        }
    }

    /** Random moments are the point here; nothing is waited for. */
    private static void pause(int millis) {
        LockSupport.parkNanos(millis * 1_000_000L);
    }

    private static void delete(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = new ArrayList<>(all.toList());
        }
        for (int i = files.size() - 1; i >= 0; i--) {
            Files.delete(files.get(i));
        }
    }
}
