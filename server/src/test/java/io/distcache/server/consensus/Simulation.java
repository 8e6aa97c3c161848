package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.fixtures.WglChecker;
import io.distcache.server.consensus.SimulationOptions.Feature;
import io.distcache.server.store.FixedHashes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;

/**
 * Whole nodes in one thread, from one seed: the same seed gives the same run, byte for byte. Time is a number that jumps to the next event;
 * networks, disks, clocks and processes fail as {@link Faults} says, but not in the last quarter. What clients were told is judged by {@link
 * WglChecker}, and of what goes by itself by {@link GoneForGood} and {@link Lifetimes}; all members must have applied the same, and be equal
 * in the end. Confined to one thread.
 */
final class Simulation {
    static final int KEYS = 3;
    /** Of the keys of a group, the one that counts. */
    static final int COUNTER = 2;

    /** From this key on they are in a cache whose entries live shortly, and from the other in one that keeps a few: so many of each. */
    static final int EXPIRING = 10;

    static final int BOUNDED = 40;
    static final int EXPIRING_KEYS = 6;
    static final int BOUNDED_KEYS = 20;

    /** A key that no client uses, with which founded groups begin. */
    static final int FOUNDED = KEYS;

    private static final String ENGINE_LOG = "org.slf4j.simpleLogger.log.io.microraft";
    private static final int CLIENTS = 5;
    private static final long SECOND = 1_000_000;
    private static final int MOST_NOTES = 4000;

    static {
        FixedHashes.use();
        // The engine logs each election. Its errors are faults.
        System.setProperty(ENGINE_LOG, System.getProperty(ENGINE_LOG, "error"));
        System.setProperty("org.slf4j.simpleLogger.log.io.distcache.server.consensus.micro.MicroConsensus", "off");
    }

    /** What came of it: why it is wrong, or an empty string. */
    record Result(
            long seed,
            String violation,
            long events,
            long answered,
            long digest,
            Map<String, Long> counts,
            String trace) {
        /** The same, as it can be kept for thousands of seeds. */
        Result brief() {
            return new Result(seed, violation, events, answered, digest, counts, "");
        }
    }

    private record Event(long time, long order, SimulatedNode node, int life, boolean ofLoop, Runnable task)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return time != other.time ? Long.compare(time, other.time) : Long.compare(order, other.order);
        }
    }

    private final SimulationOptions options;
    private final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final SimulatedNetwork network;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<List<Operation>> histories = new ArrayList<>();
    private final Map<Integer, List<Operation>> passing = new TreeMap<>();
    private final List<Map<Long, Long>> entries = new ArrayList<>();
    private final Map<String, Long> counts = new TreeMap<>();
    private final Deque<String> notes = new ArrayDeque<>();
    private final StringBuilder trace = new StringBuilder();
    private final SimulatedFounding founding;
    private final Lifetimes lifetimes;
    private final boolean mayLosePower;
    private long now;
    private long order;
    private long happened;
    private long answered;
    private long digest;
    private long value = 1;
    private String violation = "";

    private Simulation(SimulationOptions options) {
        this.options = options;
        this.random = new Random(options.seed() * 0x9E3779B97F4A7C15L + 1);
        this.founding = new SimulatedFounding(options.groups());
        this.lifetimes = new Lifetimes(this, SimulatedEntries.SHORT, SimulatedEntries.livesByAccess(options));
        this.network = new SimulatedNetwork(this, options.nodes());
        boolean syncEntries = options.has(Feature.UNSYNCED) ? false : chance(0.8);
        this.mayLosePower = !syncEntries && options.files() == null;
        for (int i = 0; i < options.nodes(); i++) {
            nodes.add(new SimulatedNode(this, i, syncEntries));
        }
        for (int i = 0; i < options.groups(); i++) {
            entries.add(new HashMap<>());
        }
        for (int i = 0; i < options.groups() * KEYS; i++) {
            histories.add(new ArrayList<>());
        }
    }

    static Result run(SimulationOptions options) {
        return new Simulation(options).run();
    }

    private Result run() {
        long end = options.seconds() * SECOND;
        long quiet = end * 3 / 4;
        for (SimulatedNode node : nodes) {
            at(below(SECOND), node::boot);
        }
        for (int i = 0; i < CLIENTS; i++) {
            SimulatedClient client = new SimulatedClient(this, 1 + i, quiet + SECOND);
            at(2 * SECOND, client::begin);
        }
        Scenario scenario = Scenario.of(this, quiet);
        if (scenario != null) {
            scenario.begin(4 * SECOND);
        } else {
            Faults faults = new Faults(this, quiet);
            faults.begin(3 * SECOND);
            if (mayLosePower) {
                faults.losePower(4 * SECOND);
            }
        }
        at(quiet, this::mendAll);
        at(end - 4 * SECOND, this::lookAtAll);
        while (!events.isEmpty() && events.element().time < end && violation.isEmpty()) {
            run(events.remove());
        }
        if (violation.isEmpty()) {
            judge();
        }
        nodes.forEach(node -> node.disk().end());
        return new Result(options.seed(), violation, happened, answered, digest, counts, trace.toString());
    }

    private void run(Event event) {
        now = Math.max(now, event.time);
        SimulatedNode node = event.node;
        if (node != null) {
            if (!node.isUp() || node.life() != event.life) {
                return;
            }
            long ready = node.readyAt(event.ofLoop);
            if (now < ready) {
                events.add(new Event(ready, event.order, node, event.life, event.ofLoop, event.task));
                return;
            }
        }
        happened++;
        digest = digest * 31 + now;
        event.task.run();
    }

    private void mendAll() {
        note("all is mended");
        network.mend();
        for (SimulatedNode node : nodes) {
            node.disk().slowUntil = 0;
            node.disk().fullUntil = 0;
            node.disk().failsNext = false;
            node.workersSlowUntil = 0;
            if (!node.isUp()) {
                node.boot();
            }
        }
    }

    /** A last look at every key, without which losing what nobody looked at again would not show. */
    private void lookAtAll() {
        for (int group = 0; group < options.groups(); group++) {
            SimulatedNode leader = someLeader(group);
            if (leader == null) {
                violated("nobody leads group " + group + " long after all is mended");
                return;
            }
            for (int key = 0; key < KEYS; key++) {
                Operation look = new Operation(Kind.GET, 0, 0, now);
                look.by = "n" + leader.number();
                history(group, key).add(look);
                int of = group;
                int ofKey = key;
                at(
                        now,
                        leader,
                        false,
                        () -> leader.state().execute(of, ofKey, look, answer -> {
                            if (answer.failure() == null) {
                                look.answered(now, answer.result());
                            }
                        }));
            }
        }
    }

    private void judge() {
        for (int group = 0; group < options.groups(); group++) {
            for (SimulatedNode node : nodes) {
                if (!node.state().map(group).equals(nodes.get(0).state().map(group))) {
                    violated("group " + group + " is " + node.state().map(group) + " on n" + node.number() + " and "
                            + nodes.get(0).state().map(group) + " on n0");
                }
            }
            for (int key = 0; key < KEYS; key++) {
                judge(group, key);
            }
            if (options.founded() && !nodes.get(0).state().map(group).containsKey(FOUNDED)) {
                violated("group " + group + " has lost what it began with");
            }
        }
        passing.forEach((key, history) -> {
            String why = GoneForGood.check(history);
            if (!why.isEmpty()) {
                violated("key " + key % 100 + " of group " + key / 100 + ": " + why);
            }
        });
        for (SimulatedNode node : nodes) {
            String wrong = node.state().wrong();
            if (!wrong.isEmpty()) {
                violated("n" + node.number() + ": " + wrong);
            }
            if (node.state().isSilent()) {
                violated("n" + node.number() + " has not caught up long after all is mended");
            }
            if (!node.state().digest().equals(nodes.get(0).state().digest())) {
                violated("n" + node.number() + " and n0 differ: " + node.state().digest() + "\nand "
                        + nodes.get(0).state().digest());
            }
        }
    }

    private void judge(int group, int key) {
        List<Operation> history = history(group, key);
        if (history.get(history.size() - 1).isOpen()) {
            violated("the last look at key " + key + " of group " + group + " was not answered");
        }
        WglChecker.Verdict verdict = WglChecker.check(history);
        if (verdict != WglChecker.Verdict.LINEARIZABLE) {
            violated("key " + key + " of group " + group + " is " + verdict + Explanation.of(history));
        }
    }

    // For its parts

    SimulationOptions options() {
        return options;
    }

    long now() {
        return now;
    }

    /** When all that goes on by itself is to have come to an end. */
    long still() {
        return options.seconds() * SECOND - 3 * SECOND;
    }

    long below(long bound) {
        return Math.floorMod(random.nextLong(), Math.max(1, bound));
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    void at(long time, Runnable task) {
        events.add(new Event(time, order++, null, 0, false, task));
    }

    /** An event of the process that runs on a node now: of its loop, or of another of its threads. */
    void at(long time, SimulatedNode node, boolean ofLoop, Runnable task) {
        events.add(new Event(time, order++, node, node.life(), ofLoop, task));
    }

    SimulatedNetwork network() {
        return network;
    }

    SimulatedNode node(int number) {
        return nodes.get(number);
    }

    Lifetimes lifetimes() {
        return lifetimes;
    }

    SimulatedFounding founding() {
        return founding;
    }

    /** The first node has ended before there was a pool: what the others have counts for nothing. */
    void foundAgain() {
        count("foundings that came to nothing");
        for (SimulatedNode node : nodes) {
            boolean wasUp = node.isUp();
            node.forget();
            if (wasUp) {
                at(now + 100_000 + below(1_000_000), () -> {
                    if (!node.isUp()) {
                        node.boot();
                    }
                });
            }
        }
        entries.forEach(Map::clear);
    }

    void restart(SimulatedNode node, long after) {
        restart(node, after, node::kill);
    }

    /** Whether less than half of the nodes would lack what they had acknowledged if this one lost power as well. */
    boolean mayForget(SimulatedNode node) {
        long others = nodes.stream()
                .filter(other -> other != node && other.disk().hasForgotten())
                .count();
        // A founder's log is on disk; when it is a member, and the others do not know yet that they may lead, only it
        // has what
        // lets them.
        boolean alone = options.founded()
                && node.number() == 0
                && founding.isDecided()
                && nodes.stream()
                        .anyMatch(other -> other != node
                                && (!other.isUp() || !other.state().isOpen()));
        return node.isUp() && !alone && others + 1 <= (nodes.size() - 1) / 2;
    }

    void losePower(SimulatedNode node, long after) {
        count("losses of power");
        restart(node, after, node::losePower);
    }

    private void restart(SimulatedNode node, long after, Runnable end) {
        if (node.isUp()) {
            count("restarts");
            end.run();
            at(now + after, () -> {
                if (!node.isUp()) {
                    node.boot();
                }
            });
        }
    }

    /** One of those that say that they lead; null if nobody does. */
    SimulatedNode someLeader(int group) {
        List<SimulatedNode> leaders = nodes.stream()
                .filter(node -> node.isUp() && node.state().leads(group))
                .toList();
        return leaders.isEmpty() ? null : leaders.get((int) below(leaders.size()));
    }

    List<Operation> history(int group, int key) {
        return key < KEYS
                ? histories.get(group * KEYS + key)
                : passing.computeIfAbsent(group * 100 + key, of -> new ArrayList<>());
    }

    long nextValue() {
        return value++;
    }

    /** A node applied something: the others apply the same at this index. */
    void applied(int group, long index, int key, long of) {
        long what = key * 0x9E3779B97F4A7C15L + of;
        Long before = entries.get(group).putIfAbsent(index, what);
        digest = digest * 31 + what + index;
        if (before == null) {
            count("entries");
        } else if (before != what) {
            violated("two members apply different things at index " + index + " of group " + group);
        }
    }

    void answered() {
        answered++;
    }

    void count(String what) {
        count(what, 1);
    }

    void count(String what, long times) {
        counts.merge(what, times, Long::sum);
    }

    void violated(String why) {
        if (violation.isEmpty()) {
            violation = why + "\n    " + String.join("\n    ", notes);
        }
    }

    void note(String what) {
        String line = now / 1000 + " ms: " + what;
        notes.add(line);
        if (notes.size() > MOST_NOTES) {
            notes.remove();
        }
        if (options.has(Feature.TRACED)) {
            trace(what);
        }
    }

    boolean isTraced() {
        return options.has(Feature.TRACED);
    }

    void trace(String what) {
        trace.append(now).append(' ').append(what).append('\n');
    }
}
