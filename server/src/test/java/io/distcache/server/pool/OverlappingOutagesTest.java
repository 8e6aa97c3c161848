package io.distcache.server.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nobody reads what was overwritten or deleted, in whichever order nodes go and come back, alone or together, as long as all clients see it
 * alike. The short ones are tried in all orders; {@code -Ddistcache.testing.outages=N} has N times as many of the long ones.
 */
@Timeout(3600)
class OverlappingOutagesTest {
    private static final int TIMES = Integer.getInteger("distcache.testing.outages", 1);
    private static final List<String> KEYS =
            IntStream.range(0, 24).mapToObj(i -> "k" + i).toList();

    private static final boolean[][] KINDS = {
        {true, true, true}, {false, false, false}, {true, false, true}, {true, true, false}, {false, true, true}
    };

    /** What clients do while nodes come and go. */
    private enum Clients {
        ONE,
        TWO,
        /** After each event all are gone, and another one comes. */
        OTHERS,
        /** They are gone while nodes come and go, and come back now and then. */
        SOMETIMES
    }

    /** All ways to let nodes go and come back with so many events, so that all are there at the end. */
    private static List<int[]> orders(int nodes, int events) {
        List<int[]> orders = new ArrayList<>();
        for (int code = 0; code < Math.pow(nodes, events); code++) {
            int[] order = new int[events];
            int[] times = new int[nodes];
            int rest = code;
            for (int i = 0; i < events; i++) {
                order[i] = rest % nodes;
                times[order[i]]++;
                rest /= nodes;
            }
            if (IntStream.of(times).allMatch(n -> n % 2 == 0)) {
                orders.add(order);
            }
        }
        return orders;
    }

    @Test
    void two_and_three_outages_in_all_orders() {
        int runs = 0;
        int step = TIMES > 1 ? 1 : 31;
        for (int events : new int[] {4, 6}) {
            for (int[] order : orders(3, events)) {
                for (boolean[] kinds : KINDS) {
                    for (Clients clients : Clients.values()) {
                        for (boolean waitsInVain : new boolean[] {false, true}) {
                            if (runs++ % step == 0) {
                                run(order, kinds, clients, waitsInVain, 100, false, runs);
                            }
                        }
                    }
                }
            }
        }
        System.out.println("outages: " + runs / step + " of " + runs + " ways in which three nodes go and come back");
    }

    @Test
    void with_the_policy_miss_and_hints_past_the_bound_too() {
        int runs = 0;
        for (int[] order : orders(3, 6)) {
            if (TIMES == 1 && runs++ % 6 != 0) {
                continue;
            }
            for (boolean waitsInVain : new boolean[] {false, true}) {
                run(order, KINDS[runs % KINDS.length], Clients.TWO, waitsInVain, 2, false, runs);
                run(order, KINDS[runs % KINDS.length], Clients.OTHERS, waitsInVain, 100, true, runs);
                runs++;
            }
        }
    }

    private static void run(
            int[] order, boolean[] kinds, Clients kind, boolean waitsInVain, long maxHints, boolean misses, int seed) {
        Random random = new Random(seed);
        SimulatedPool pool = new SimulatedPool(kinds, maxHints);
        pool.events.add("seed " + seed + ", data " + Arrays.toString(kinds) + ", clients " + kind);
        List<SimulatedPool.Client> clients = new ArrayList<>();
        int born = 0;
        clients.add(pool.new Client("c" + born++));
        if (kind == Clients.TWO) {
            clients.add(pool.new Client("c" + born++));
        }
        clients.forEach(SimulatedPool.Client::looks);
        KEYS.forEach(clients.get(0)::put);
        for (int node : order) {
            if (pool.isUp(node)) {
                pool.kill(node);
            } else {
                pool.start(node);
            }
            if (kind == Clients.OTHERS || (kind == Clients.SOMETIMES && random.nextBoolean())) {
                clients.forEach(SimulatedPool.Client::leaves);
                clients.clear();
                if (kind == Clients.OTHERS || random.nextBoolean()) {
                    clients.add(pool.new Client("c" + born++));
                }
            } else if (kind == Clients.SOMETIMES && clients.isEmpty() && random.nextBoolean()) {
                clients.add(pool.new Client("c" + born++));
            }
            for (SimulatedPool.Client client : clients) {
                client.looks();
            }
            if (waitsInVain) {
                pool.passes(6);
                clients.forEach(SimulatedPool.Client::looks);
            }
            for (SimulatedPool.Client client : clients) {
                changes(client, random, misses);
                read(clients);
            }
        }
        clients.add(pool.new Client("last"));
        clients.forEach(SimulatedPool.Client::looks);
        read(clients);
        IntStream.range(0, pool.size())
                .forEach(i -> assertThat(pool.notReady(i))
                        .as("node %d, seed %d: %s", i, seed, pool.events)
                        .isEmpty());
    }

    private static void changes(SimulatedPool.Client client, Random random, boolean misses) {
        for (String key : KEYS) {
            switch (random.nextInt(misses ? 3 : 8)) {
                case 0 -> client.remove(key);
                case 1 -> {
                    if (misses) {
                        client.drops(key);
                    } else {
                        client.put(key);
                    }
                }
                case 3 -> client.putOnce(key);
                case 4 -> client.put(key);
                default -> {}
            }
        }
        if (!misses && random.nextInt(4) == 0) {
            client.putAll(KEYS.subList(0, 12));
        }
        if (random.nextInt(10) == 0) {
            client.clear();
            client.putAll(KEYS.subList(6, 12));
        }
    }

    private static void read(List<SimulatedPool.Client> clients) {
        for (SimulatedPool.Client client : clients) {
            client.looks();
            for (String key : KEYS) {
                boolean unused = client.reads(key);
            }
        }
    }

    @Test
    void more_nodes_partitions_and_broken_connections_at_random() {
        for (int seed = 0; seed < 60 * TIMES; seed++) {
            Random random = new Random(seed);
            int count = 2 + random.nextInt(4);
            boolean[] kinds = new boolean[count];
            for (int i = 0; i < count; i++) {
                kinds[i] = random.nextInt(3) > 0;
            }
            SimulatedPool pool = new SimulatedPool(kinds, random.nextBoolean() ? 3 : 100);
            List<SimulatedPool.Client> clients = new ArrayList<>();
            clients.add(pool.new Client("a"));
            clients.add(pool.new Client("b"));
            clients.forEach(SimulatedPool.Client::looks);
            KEYS.forEach(clients.get(0)::put);
            try {
                for (int i = 0; i < 30; i++) {
                    event(pool, clients, random, i);
                }
                IntStream.range(0, count).filter(pool::isCut).forEach(node -> pool.cut(node, false));
                IntStream.range(0, count).filter(node -> !pool.isUp(node)).forEach(pool::start);
                read(clients);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static void event(SimulatedPool pool, List<SimulatedPool.Client> clients, Random random, int round) {
        int node = random.nextInt(pool.size());
        boolean isAnyCut = IntStream.range(0, pool.size()).anyMatch(pool::isCut);
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                if (pool.isCut(node)) {
                    pool.cut(node, false);
                } else if (pool.isUp(node)) {
                    pool.kill(node);
                } else {
                    pool.start(node);
                }
            }
            case 4, 5 -> {
                if (pool.isUp(node)) {
                    pool.cut(node, !pool.isCut(node));
                }
            }
            case 6 -> clients.forEach(client -> client.loses(node));
            case 7 -> pool.passes(6);
            case 8 -> {
                // While a partition lasts somebody remembers it; see the decision.
                if (!isAnyCut) {
                    clients.forEach(SimulatedPool.Client::leaves);
                    clients.clear();
                    clients.add(pool.new Client("x" + round));
                    clients.add(pool.new Client("y" + round));
                }
            }
            default -> {}
        }
        clients.forEach(SimulatedPool.Client::looks);
        for (SimulatedPool.Client client : clients) {
            client.looks();
            changes(client, random, false);
        }
        read(clients);
    }

    // --- what is not lost

    @Test
    void one_outage_costs_the_entries_that_were_changed_meanwhile_and_no_others() {
        for (int victim = 0; victim < 3; victim++) {
            SimulatedPool pool = new SimulatedPool(KINDS[0], 100);
            SimulatedPool.Client client = pool.new Client("one");
            client.looks();
            KEYS.forEach(client::put);
            pool.kill(victim);
            client.looks();
            String owner = "n" + victim;
            List<String> theirs =
                    KEYS.stream().filter(key -> pool.ownerOf(key).equals(owner)).toList();
            List<String> changed = theirs.subList(0, theirs.size() / 2);
            changed.forEach(client::put);
            client.leaves();
            SimulatedPool.Client other = pool.new Client("other");
            other.looks();
            pool.start(victim);
            other.looks();
            assertThat(KEYS.stream().filter(other::reads)).hasSize(KEYS.size() - changed.size());
        }
    }

    @Test
    void a_member_that_is_dead_for_ever_costs_those_that_come_and_go_nothing() {
        SimulatedPool pool = new SimulatedPool(KINDS[0], 100);
        SimulatedPool.Client client = pool.new Client("one");
        client.looks();
        pool.kill(2);
        client.looks();
        KEYS.forEach(client::put);
        client.loses(0);
        client.looks();
        assertThat(client.uses(0)).isTrue();
        pool.kill(1);
        client.looks();
        client.leaves();
        pool.start(1);
        SimulatedPool.Client other = pool.new Client("other");
        other.looks();
        assertThat(other.uses(1)).isTrue();
        assertThat(KEYS.stream().filter(other::reads)).hasSameSizeAs(KEYS);
    }

    @Test
    void the_whole_pool_killed_and_started_one_by_one_in_time_loses_nothing() {
        for (int[] order : orders(3, 6)) {
            if (IntStream.range(0, 3).map(i -> 1 << order[i]).sum() == 7) {
                SimulatedPool pool = new SimulatedPool(KINDS[0], 100);
                SimulatedPool.Client client = pool.new Client("one");
                client.looks();
                KEYS.forEach(client::put);
                for (int node : order) {
                    if (pool.isUp(node)) {
                        pool.kill(node);
                    } else {
                        pool.start(node);
                    }
                    client.looks();
                }
                assertThat(KEYS.stream().filter(client::reads))
                        .as("%s", pool.events)
                        .hasSameSizeAs(KEYS);
            }
        }
    }

    @Test
    void a_member_with_hints_that_is_away_is_waited_for_and_then_all_is_dropped() {
        SimulatedPool pool = new SimulatedPool(KINDS[0], 100);
        SimulatedPool.Client client = pool.new Client("one");
        client.looks();
        KEYS.forEach(client::put);
        pool.kill(0);
        client.looks();
        KEYS.forEach(client::put);
        pool.kill(1);
        client.looks();
        pool.start(0);
        client.looks();
        assertThat(client.uses(0)).isFalse();
        assertThat(pool.notReady(0)).contains("no client has used it");
        pool.passes(4);
        client.looks();
        assertThat(client.uses(0)).isFalse();
        pool.passes(2);
        client.looks();
        assertThat(client.uses(0)).isTrue();
        List<String> of0 =
                KEYS.stream().filter(key -> pool.ownerOf(key).equals("n0")).toList();
        assertThat(of0.stream().filter(client::reads)).isEmpty();
        // It is not dropped again: not by this client, and not by another.
        of0.forEach(client::put);
        SimulatedPool.Client other = pool.new Client("other");
        other.looks();
        assertThat(of0.stream().filter(other::reads)).hasSameSizeAs(of0);
    }

    @Test
    void a_rolling_restart_that_waits_until_the_node_is_ready_loses_only_what_was_changed() {
        SimulatedPool pool = new SimulatedPool(KINDS[0], 100);
        SimulatedPool.Client client = pool.new Client("one");
        client.looks();
        KEYS.forEach(client::put);
        for (int node = 0; node < 3; node++) {
            pool.kill(node);
            client.looks();
            String owner = "n" + node;
            List<String> changed = KEYS.stream()
                    .filter(key -> pool.ownerOf(key).equals(owner))
                    .limit(2)
                    .toList();
            changed.forEach(client::put);
            pool.start(node);
            assertThat(pool.notReady(node)).contains("no client has used it");
            assertThat(pool.hints((node + 1) % 3) + pool.hints((node + 2) % 3)).isPositive();
            client.looks();
            for (int i = 0; i < 3; i++) {
                assertThat(pool.notReady(i)).isEmpty();
            }
            assertThat(KEYS.stream().filter(client::reads)).hasSize(KEYS.size() - 2);
            changed.forEach(client::put);
        }
    }
}
