package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code pool create} refuses, and that nothing is changed then. */
@Timeout(180)
class PoolCreateIT {
    @TempDir
    private Path directory;

    private final List<NodeProcess> nodes = new ArrayList<>();

    @BeforeEach
    void start() {
        for (int i = 0; i < 3; i++) {
            nodes.add(NodeSetup.of()
                    .withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1")
                    .withDataDirectory(directory.resolve("n" + i))
                    .start());
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(NodeProcess::close);
    }

    private static void assertRefused(int code, String why, String... arguments) {
        List<String> command = new ArrayList<>(List.of("pool", "create"));
        command.addAll(List.of(arguments));
        DistCacheCommand.Ended ended = DistCacheCommand.run(command.toArray(String[]::new));
        assertThat(ended.exitCode()).as("%s", ended.output()).isEqualTo(code);
        assertThat(String.join("\n", ended.output())).contains(why);
    }

    @Test
    void what_cannot_be_a_pool_is_told_and_nothing_is_changed() {
        String a = nodes.get(0).address();
        String b = nodes.get(1).address();
        String c = nodes.get(2).address();
        assertRefused(2, "three or five nodes, and 2 are named", a, b);
        assertRefused(2, "named twice", a, b, b);
        assertRefused(2, "--replicas 5 with 3 nodes", "--replicas", "5", a, b, c);
        assertRefused(2, "1 to 64 are allowed", "--groups", "65", a, b, c);

        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(b))) {
            client.set("there", 1L);
            try (DistCacheClient other = DistCacheClient.connect(ClientConfig.parse(c))) {
                other.set("there", 1L);
                assertRefused(1, b + " has entries, and " + c + " has 1", a, b, c);
                other.clear();
            }
            client.clear();
        }

        String gone = c;
        nodes.get(2).kill();
        assertRefused(1, gone + ": cannot connect", a, b, gone);

        nodes.set(2, NodeSetup.of().withDataDirectory(directory.resolve("n2")).start());
        c = nodes.get(2).address();
        assertThat(DistCacheCommand.run("pool", "create", a, b, c).exitCode()).isZero();
        assertRefused(1, a + " is a member of replicated pool", a, b, c);
    }

    /** That it keeps no data is seen when its turn comes, and the others are empty members of a pool that nobody wants. */
    @Test
    void of_a_node_without_a_data_directory_it_is_told_who_is_a_member_already() {
        String a = nodes.get(0).address();
        String b = nodes.get(1).address();
        try (NodeProcess forgetful = NodeSetup.of()
                .withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1")
                .start()) {
            assertRefused(
                    1,
                    a + " and " + b
                            + " have become members already, without entries: stop each, empty its data directory",
                    a,
                    b,
                    forgetful.address());
        }
    }

    /** One node becomes three while it is used: nothing fails, nothing is lost, and then it can go. */
    @Test
    void a_pool_begins_with_what_one_of_its_nodes_has_while_clients_go_on() throws Exception {
        String a = nodes.get(0).address();
        int entries = 20_000;
        AtomicLong increments = new AtomicLong();
        AtomicBoolean ends = new AtomicBoolean();
        Left other;
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(a))) {
            for (int i = 0; i < entries; i += 1000) {
                Map<String, String> some = new HashMap<>();
                for (int j = i; j < i + 1000; j++) {
                    some.put("k" + j, "v" + j);
                }
                client.setMany(some);
            }
            client.delete("k7");
            client.set("short", "lived", Duration.ofHours(1));
            client.set("brief", "lived", Duration.ofMillis(1));
            RemoteCache.Pages pages = client.remote()
                    .attach(ClientConfig.DEFAULT_NAMESPACE, ClientConfig.DEFAULT_CACHE)
                    .orElseThrow()
                    .pages(50, true, Bytes.EMPTY);
            Set<Bytes> walked = new HashSet<>();
            for (int page = 0; page < 200; page++) {
                pages.next().forEach(item -> walked.add(item.key()));
            }
            Runnable load = () -> {
                while (!ends.get()) {
                    client.increment("n");
                    LockSupport.parkNanos(1_000_000);
                    increments.incrementAndGet();
                    assertThat(client.<String>get("k8")).isEqualTo("v8");
                }
            };
            CompletableFuture<Void> loaded = CompletableFuture.runAsync(load);
            CompletableFuture<Left> changed =
                    CompletableFuture.supplyAsync(() -> change(nodes.get(0).uri("other"), ends));
            List<CompletableFuture<Void>> whole =
                    callsOnWholeCaches(nodes.get(0).uri("whole"), ends);
            DistCacheCommand.Ended made = DistCacheCommand.run(
                    "pool", "create", a, nodes.get(1).address(), nodes.get(2).address());
            assertThat(made.exitCode()).as("%s", made.output()).isZero();
            assertThat(String.join("\n", made.output()))
                    .contains(
                            a + " is member 0 of replicated pool",
                            "begins with its entries",
                            "each of the 3 nodes has");
            // It begins again, since the partitions are others.
            for (List<Reply.Item> items = pages.next(); items != null; items = pages.next()) {
                items.forEach(item -> walked.add(item.key()));
            }
            assertThat(walked).hasSizeBetween(entries - 1 + 2, entries - 1 + 3);
            Thread.sleep(1000);
            ends.set(true);
            loaded.get(30, TimeUnit.SECONDS);
            other = changed.get(30, TimeUnit.SECONDS);
            for (CompletableFuture<Void> one : whole) {
                one.get(30, TimeUnit.SECONDS);
            }
        }

        for (int i = 0; i < 3; i++) {
            Path plan = directory.resolve("n" + i + "/replicated-pool.json");
            await("it is on disk that there is a pool", () -> contents(plan).contains("\"founding\" : \"begun\""));
        }
        nodes.get(0).kill();
        try (DistCacheClient client = DistCacheClient.connect(
                ClientConfig.parse(nodes.get(1).uri("other").toString()).toBuilder()
                        .callTimeout(Duration.ofSeconds(20))
                        .build())) {
            try (Stream<Map.Entry<String, Integer>> all = client.scan()) {
                assertThat(all.collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                        .isEqualTo(other.entries());
            }
            for (String cache : other.caches()) {
                assertThat(client.keyspace("other", cache).<Integer>get("made")).isEqualTo(1);
            }
        }
        String others = nodes.get(1).address() + "," + nodes.get(2).address();
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(others).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .build())) {
            assertThat(client.<Long>get("n")).isEqualTo(increments.get());
            assertThat(client.<String>get("k7")).isNull();
            assertThat(client.<String>get("brief")).isNull();
            assertThat(client.ttl("short"))
                    .hasValueSatisfying(
                            left -> assertThat(left).isBetween(Duration.ofMinutes(50), Duration.ofHours(1)));
            // All but k7 and what has run out, and the counter beside them.
            assertThat(client.size()).isEqualTo(entries - 1 + 2);
            for (int i = 0; i < entries; i += 97) {
                assertThat(client.<String>get("k" + i)).isEqualTo("v" + i);
            }
        }
    }

    /** One call of each kind is under way at any moment, so also when the node becomes a member. */
    private static List<CompletableFuture<Void>> callsOnWholeCaches(URI uri, AtomicBoolean ends) {
        List<Consumer<DistCacheClient>> kinds = List.of(
                DistCacheClient::clear,
                client -> assertThat(client.size()).isZero(),
                client -> assertThat(client.remote().list("whole")).isNotEmpty(),
                client -> assertThat(client.remote().attach("whole", "main")).hasValueSatisfying(cache -> {
                    cache.subscribe(0, 0, false, (event, acknowledge) -> acknowledge.run());
                    cache.close();
                }));
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Consumer<DistCacheClient> kind : kinds) {
            all.add(CompletableFuture.runAsync(
                    () -> {
                        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(uri.toString()))) {
                            client.clear();
                            while (!ends.get()) {
                                kind.accept(client);
                                LockSupport.parkNanos(1_000_000);
                            }
                        }
                    },
                    task -> new Thread(task, "whole").start()));
        }
        return all;
    }

    /** What must be there in the end: entries, and caches. */
    private record Left(Map<String, Integer> entries, Set<String> caches) {}

    /** Changes entries of all partitions in every way, clears them now and then, and makes caches. */
    private static Left change(URI uri, AtomicBoolean ends) {
        Random random = new Random(15);
        Map<String, Integer> model = new HashMap<>();
        Set<String> caches = new HashSet<>();
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(uri.toString()))) {
            for (int i = 0; !ends.get(); i++) {
                String key = "k" + random.nextInt(300);
                switch (random.nextInt(40)) {
                    case 0 -> {
                        client.clear();
                        model.clear();
                    }
                    case 1 -> {
                        if (caches.size() < 100) {
                            client.keyspace("other", "c" + i).set("made", 1);
                            caches.add("c" + i);
                        }
                    }
                    case 2, 3, 4, 5, 6, 7 -> assertThat(client.delete(key)).isEqualTo(model.remove(key) != null);
                    case 8, 9 -> {
                        Map<String, Integer> some = new HashMap<>();
                        for (int j = 0; j < 20; j++) {
                            some.put("k" + random.nextInt(300), i);
                        }
                        client.setMany(some);
                        model.putAll(some);
                    }
                    case 10 -> {
                        client.set(key, i, Duration.ofHours(1));
                        model.put(key, i);
                    }
                    case 11 ->
                        assertThat(client.expire(key, Duration.ofHours(2))).isEqualTo(model.containsKey(key));
                    case 12 -> assertThat(client.<Integer>get(key)).isEqualTo(model.get(key));
                    default -> {
                        client.set(key, i);
                        model.put(key, i);
                    }
                }
                // Small nodes: not more than they keep on the heap until all have it.
                LockSupport.parkNanos(1_000_000);
            }
        }
        return new Left(model, caches);
    }

    /** The first node ends before the pool is decided on: it has all it had, the others serve nobody, and the command works when it is given anew. */
    @Test
    void a_node_that_ends_while_it_makes_a_pool_goes_on_by_itself() throws Exception {
        String[] addresses = nodes.stream().map(NodeProcess::address).toArray(String[]::new);
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(addresses[0]))) {
            for (int i = 0; i < 100; i++) {
                client.set("k" + i, "v" + i);
            }
        }
        String[] command = {"pool", "create", addresses[0], addresses[1], addresses[2]};
        CompletableFuture<DistCacheCommand.Ended> first =
                CompletableFuture.supplyAsync(() -> DistCacheCommand.run(command));
        // It gets nothing.
        await("the third node is a member", () -> Files.exists(directory.resolve("n2/boot")));
        nodes.get(2).pause();
        Thread.sleep(2000);
        assertThat(first).isNotDone();
        assertThat(String.join(
                        "\n",
                        DistCacheCommand.run("health", "--node", addresses[0]).output()))
                .contains("is giving what it has to the other nodes");
        assertRefused(
                1, "is making a replicated pool of what it has already", addresses[0], addresses[1], addresses[2]);
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(addresses[0]))) {
            client.set("k0", "new");
        }
        nodes.get(0).kill();
        nodes.get(2).resume();
        assertThat(first.get(60, TimeUnit.SECONDS).exitCode()).isEqualTo(1);
        // Longer than an election takes.
        Thread.sleep(3000);
        for (int i = 1; i <= 2; i++) {
            assertThat(DistCacheCommand.run("health", "--node", addresses[i]).output())
                    .anyMatch(line -> line.contains("waits for the one with whose entries"))
                    .anyMatch(line -> line.contains("the pool is not there yet"));
            assertThat(String.join(
                            "",
                            DistCacheCommand.run("pool", "status", "--json", "--node", addresses[i])
                                    .output()))
                    .contains("\"leader\":-1")
                    .doesNotContainPattern("\"leader\":[0-9]");
        }

        nodes.set(
                0,
                NodeSetup.of()
                        .withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1")
                        .withDataDirectory(directory.resolve("n0"))
                        .withPort(nodes.get(0).port())
                        .start());
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(addresses[0]))) {
            assertThat(client.<String>get("k0")).isEqualTo("new");
            client.set("k1", "newer");
        }
        DistCacheCommand.Ended again = DistCacheCommand.run(command);
        assertThat(again.exitCode()).as("%s", again.output()).isZero();
        nodes.get(0).kill();
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(addresses[1] + "," + addresses[2]))) {
            assertThat(client.size()).isEqualTo(100);
            assertThat(client.<String>get("k0")).isEqualTo("new");
            assertThat(client.<String>get("k1")).isEqualTo("newer");
            assertThat(client.<String>get("k99")).isEqualTo("v99");
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(String what, BooleanSupplier done) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(20);
        }
    }
}
