package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.fixtures.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replicated pools whose nodes are killed, frozen, cut off, filled up, slowed down and started again in any order, each node in a network and on a disk
 * of its own; what clients were told is judged as if one node that never fails had told it, and how long nobody could write a key is
 * shown for each kind of fault. The build does it shortly; {@code .ci/proofs replicated replicated-failover} at length.
 */
class ReplicatedNemesesIT {
    private static final int RUNS = Integer.getInteger("distcache.testing.replicated-runs", 1);
    private static final int SECONDS = Integer.getInteger("distcache.testing.replicated-seconds", 20);
    private static final int KILLS = Integer.getInteger("distcache.testing.replicated-kills", 2);
    private static final long SEED = Seed.of(ReplicatedNemesesIT.class, 20_261_130);

    private static final int NODES = 3;
    private static final int KEYS = 6;
    private static final int PORT = 2050;
    private static final int DISK_BYTES = 64 << 20;
    private static final String TOKEN = "in-its-own-namespace";
    /** A member that begins anew gets all from the others, on a machine that others use, too. */
    private static final Duration CATCHES_UP = Duration.ofMinutes(1);

    /** What is done to nodes. */
    private enum Nemesis {
        KILL,
        FREEZE,
        PARTITION,
        /** Two members hear nothing of each other; the third, and clients, reach both. */
        BRIDGE,
        /** One member hears nothing of another, which hears it. */
        ONE_WAY,
        FULL_DISK,
        SLOW_DISK,
        /** One machine goes down with its member: what was not synced may not be there, so the member begins anew. */
        POWER_LOSS,
        ROLLING_RESTART,
        RESTART_OF_ALL
    }

    @TempDir
    private Path directory;

    private static PoolNetwork network;
    private static SlowFiles slowness;
    /** What cannot be done on this machine. */
    private static final Set<Nemesis> leftOut = EnumSet.noneOf(Nemesis.class);

    private final List<SmallDisk> disks = new ArrayList<>();
    private final Map<String, List<Long>> gaps = new TreeMap<>();
    private ReplicatedPool pool;
    private History history;

    @BeforeAll
    static void makeNetwork() {
        network = PoolNetwork.of(NODES);
        String failure = network.whyNotBetween();
        if (!failure.isEmpty()) {
            System.out.println("LEFT OUT, members that do not hear one other are not tested here: " + failure);
            leftOut.addAll(List.of(Nemesis.BRIDGE, Nemesis.ONE_WAY));
        }
    }

    @BeforeAll
    static void compile(@TempDir Path libraries) {
        slowness = SlowFiles.compiledIn(libraries);
        if (!slowness.isPossible()) {
            leftOut.add(Nemesis.SLOW_DISK);
        }
    }

    @AfterAll
    static void removeNetwork() {
        if (network != null) {
            network.close();
        }
    }

    private void start(String run, int keys, long seed) {
        for (int node = 0; node < NODES; node++) {
            disks.add(SmallDisk.mount(directory.resolve(run + "-" + node), DISK_BYTES));
        }
        pool = ReplicatedPool.start(
                node -> NodeSetup.of(
                                "server.bind=" + network.address(node),
                                "server.auth-token=" + TOKEN,
                                "server.allow-plaintext=true")
                        .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1")
                        .withPort(PORT)
                        .withCommandPrefix(network.inside(node, slowness.command(slowWhile(node))))
                        .withDataDirectory(disks.get(node).directory()),
                NODES,
                "--token",
                TOKEN);
        ClientConfig config = ClientConfig.parse(pool.members()).toBuilder()
                .token(TOKEN)
                .callTimeout(Duration.ofSeconds(10))
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        history = History.begin(config, keys, seed);
        awaitWritesAfter(System.nanoTime());
    }

    @AfterEach
    void stop() {
        if (history != null) {
            history.close();
        }
        if (pool != null) {
            pool.close();
        }
        disks.forEach(SmallDisk::close);
        disks.clear();
    }

    /** While this file is there, the node's disk is slow. */
    private Path slowWhile(int node) {
        return disks.get(node).directory().resolveSibling("slow");
    }

    private void awaitWritesAfter(long nanos) {
        eventually(() -> assertThat(history.leastLastWriteNanos()).isGreaterThan(nanos));
    }

    private static void pause(long millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    @Test
    void whatever_happens_to_nodes_clients_are_told_the_truth() throws InterruptedException, IOException {
        List<String> wrong = new ArrayList<>();
        long answered = 0;
        long failed = 0;
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(SEED + run);
            start("run" + run, KEYS, SEED + run);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            List<Nemesis> order = new ArrayList<>();
            while (System.nanoTime() < end) {
                if (order.isEmpty()) {
                    order.addAll(List.of(Nemesis.values()));
                    order.removeAll(leftOut);
                    Collections.shuffle(order, random);
                }
                strike(order.remove(0), random);
            }
            int number = run;
            history.judge().forEach(why -> wrong.add("run " + number + ": " + why));
            answered += history.answered();
            failed += history.failures().size();
            stop();
        }
        gaps.forEach((nemesis, each) -> System.out.println("unavailability, " + nemesis + ": " + distribution(each)));
        System.out.println("replicated pools, seed " + SEED + ": " + RUNS + " runs x " + SECONDS + " s, " + answered
                + " calls answered, " + failed + " failed, " + wrong.size() + " violations");
        assertThat(wrong).isEmpty();
    }

    private void strike(Nemesis nemesis, Random random) throws InterruptedException, IOException {
        int node = random.nextInt(NODES);
        int other = (node + 1 + random.nextInt(NODES - 1)) % NODES;
        long lasts = 1500L + random.nextInt(2500);
        history.measureAnew();
        switch (nemesis) {
            case KILL -> {
                pool.node(node).kill();
                pause(lasts);
                pool.startAgain(node);
            }
            case FREEZE -> {
                pool.node(node).pause();
                pause(lasts);
                pool.node(node).resume();
            }
            case PARTITION -> {
                network.partition(node, true);
                pause(lasts);
                network.partition(node, false);
            }
            case BRIDGE -> {
                network.between(node, other, false);
                pause(lasts);
                network.between(node, other, true);
            }
            case ONE_WAY -> {
                network.heard(node, other, false);
                pause(lasts);
                network.heard(node, other, true);
            }
            case SLOW_DISK -> {
                Files.createFile(slowWhile(node));
                pause(lasts);
                Files.delete(slowWhile(node));
            }
            case POWER_LOSS -> {
                pool.node(node).kill();
                pause(lasts / 4);
                Path boot = disks.get(node).directory().resolve("boot");
                Files.writeString(boot, "1 running interval another-start-of-the-system\n");
                pool.startAgain(node);
                // While one has forgotten what it had, the others are all there is.
                eventually(() -> assertThat(boot).content().doesNotContain("another-start"));
                awaitCaughtUp();
            }
            case ROLLING_RESTART -> {
                for (int each = 0; each < NODES; each++) {
                    awaitCaughtUp();
                    assertThat(pool.node(each).stop()).isZero();
                    pool.startAgain(each);
                }
            }
            case FULL_DISK -> {
                disks.get(node).fill();
                pause(lasts);
                disks.get(node).empty();
                pool.node(node).kill();
                pool.startAgain(node);
            }
            case RESTART_OF_ALL -> {
                pool.nodes().parallelStream().forEach(NodeProcess::kill);
                IntStream.range(0, NODES).parallel().forEach(pool::startAgain);
            }
        }
        awaitWritesAfter(System.nanoTime());
        gaps.computeIfAbsent(nemesis.name(), name -> new ArrayList<>()).add(history.longestGapMillis());
        pause(1000);
    }

    @Test
    void a_killed_leader_is_followed_by_another_soon() throws InterruptedException {
        start("failover", 1, SEED);
        List<Long> each = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            int leader = leader();
            history.measureAnew();
            pool.node(leader).kill();
            pause(100);
            awaitWritesAfter(System.nanoTime());
            each.add(history.longestGapMillis());
            pool.startAgain(leader);
            pause(3000);
        }
        System.out.println("failover, seed " + SEED + ": from a kill to the next write: " + distribution(each));
        assertThat(history.judge()).isEmpty();
        assertThat(history.failures()).isEmpty();
    }

    /** Until all members have everything, and all groups a leader: until then another must not go. */
    private void awaitCaughtUp() {
        eventually(
                CATCHES_UP,
                () -> assertThat(DistCacheCommand.run("pool", "status", "--token", TOKEN, "--node", pool.members()))
                        .extracting(DistCacheCommand.Ended::exitCode)
                        .isEqualTo(0));
    }

    private int leader() {
        DistCacheCommand.Ended status = DistCacheCommand.run(
                "pool", "status", "--key", History.name(0), "--token", TOKEN, "--node", pool.members());
        return IntStream.range(0, NODES)
                .filter(node -> status.output().stream()
                        .anyMatch(line -> line.startsWith("key ") && line.endsWith("n" + (node + 1) + " leads")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody leads: " + status.output()));
    }

    private static String distribution(List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        return sorted.size() + " times, "
                + Stream.of(0.5, 0.9, 1.0)
                        .map(part -> (part == 1 ? "longest " : "p" + (int) (part * 100) + " ")
                                + sorted.get((int) Math.ceil(part * sorted.size()) - 1) + " ms")
                        .collect(Collectors.joining(", "));
    }
}
