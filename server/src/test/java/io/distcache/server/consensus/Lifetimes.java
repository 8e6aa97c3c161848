package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Watches that no leader answers with an entry for longer than it was to live: by time that passes truly, as far as the machine that leads can
 * know of it.
 *
 * <p>A deadline is a moment by the clock of who led when it was set, and clocks differ by many seconds. Two things are sure, however they are
 * set. At a process the clock of its shards goes forward at least as time passes at its machine (0.97 to 1.03 of the true one, and not while it
 * is suspended). And who leads has a clock that is not behind what the group agreed on before. So from when a deadline can have been set last,
 * by any operation that was being executed, at least as much has passed as
 * <ul>
 *   <li>at one process from an answer of the group's to the next question,
 *   <li>and up to changes that were answered, over all that led: what passed after the last of these is lost with its leader.
 * </ul>
 * If that is more than the ttl and {@value #TOLERANCE_NANOS} ns (clocks of whole milliseconds, and each leader's rounded once more), the entry
 * must not be answered with. In true time that is ttl / 0.97 while one node leads that is not suspended; each change of the leader adds at most
 * what went by from the last change that was answered until the next one leads, and a suspension as long as it is.
 *
 * <p>A touch that is bundled counts as one that set the deadline: that it may be lost makes the entry live less. Confined to the simulation's
 * thread.
 */
final class Lifetimes {
    private static final long TOLERANCE_NANOS = 20_000_000;
    private static final long NEVER = Long.MIN_VALUE / 2;

    /** What is known of an entry's deadline, and what has passed since it can have been set last. */
    private static final class OneKey {
        /** How often something has ended that may have set it. */
        private long resets;
        /** What is known by the clock of whoever leads: nanoseconds. */
        private long passed = NEVER;
        /** What is known by the clock of a process: by how much it is ahead of what its machine's time shows. */
        private final Map<Long, Long> ahead = new HashMap<>();

        private final List<Attempt> setting = new ArrayList<>();

        private void reset(Attempt by, boolean led) {
            setting.remove(by);
            resets++;
            passed = 0;
            ahead.clear();
            if (led && by.isAlive()) {
                // Else the clock by which the deadline is may be that of another node, and ahead.
                ahead.put(by.process, -by.node.nanos());
            }
        }

        /** Who has ended does not set it any more. */
        private void sweep() {
            for (Attempt attempt : List.copyOf(setting)) {
                if (!attempt.isAlive()) {
                    reset(attempt, false);
                }
            }
        }
    }

    /** The execution of an operation on a node. */
    final class Attempt {
        private final SimulatedNode node;
        private final int life;
        private final long process;
        private final OneKey[] keys;
        private final int key;
        private final Operation operation;
        private final boolean first;
        private final long began;
        private final long[] resets = new long[Simulation.EXPIRING_KEYS];
        private final long[] passed = new long[Simulation.EXPIRING_KEYS];

        private Attempt(SimulatedNode node, OneKey[] keys, int key, Operation operation) {
            this.node = node;
            this.life = node.life();
            this.process = ((long) node.number() << Integer.SIZE) + life;
            this.keys = keys;
            this.key = key - Simulation.EXPIRING;
            this.operation = operation;
            // What is answered to another one may have been done when the first one was.
            this.first = operations.add(operation);
            this.began = node.nanos();
            for (int i = 0; i < keys.length; i++) {
                keys[i].sweep();
                resets[i] = keys[i].resets;
                passed[i] = keys[i].passed;
            }
            if (sets()) {
                keys[this.key].setting.add(this);
            }
        }

        private boolean isAlive() {
            return node.isUp() && node.life() == life;
        }

        private boolean isOfExpiring() {
            return key >= 0 && key < keys.length;
        }

        /** Whether it may set a deadline. */
        private boolean sets() {
            return isOfExpiring() && (byAccess || operation.kind != Kind.GET) && operation.kind != Kind.REMOVE;
        }

        /** It has been answered. */
        void ends(SimulatedState.Answer answer) {
            if (answer.failure() == null) {
                for (int i = 0; i < keys.length; i++) {
                    keys[i].sweep();
                    if (resets[i] == keys[i].resets) {
                        learn(i, answer.result());
                    }
                }
            }
            if (sets()) {
                keys[key].reset(this, answer.failure() == null);
            }
        }

        private void learn(int i, long result) {
            OneKey of = keys[i];
            long before = Math.max(passed[i], of.ahead.getOrDefault(process, NEVER) + began);
            of.ahead.merge(process, before - began, Math::max);
            if (first && changes(result)) {
                of.passed = Math.max(of.passed, before);
            }
            boolean alone = of.setting.isEmpty() || (of.setting.size() == 1 && of.setting.contains(this));
            if (i == key && alone && shows(result)) {
                simulation.count("looks whose time is known");
                if (before > ttlNanos + TOLERANCE_NANOS) {
                    simulation.violated("n" + node.number() + " answers with an entry " + before / 1_000_000
                            + " ms after its deadline was set, its ttl is " + ttlNanos / 1_000_000 + " ms: " + operation
                            + " with " + result);
                }
            }
        }

        /** Whether there is an entry of it in the log, of this node's time then or a later one. */
        private boolean changes(long result) {
            return switch (operation.kind) {
                case GET -> false;
                case PUT, INCREMENT -> true;
                case CAS, ADD, REMOVE -> result == 1;
            };
        }

        /** Whether it shows that there was an entry. */
        private boolean shows(long result) {
            return switch (operation.kind) {
                case GET -> result != Operation.ABSENT;
                case CAS -> first && result == 1 && operation.expected != Operation.ABSENT;
                case ADD -> first && result == 0;
                case REMOVE -> first && result == 1;
                case PUT, INCREMENT -> false;
            };
        }
    }

    private final Simulation simulation;
    private final long ttlNanos;
    private final boolean byAccess;
    private final OneKey[][] groups;
    private final Set<Operation> operations = new HashSet<>();

    /**
     * Of all keys whose entries live so long.
     *
     * @param byAccess whether reads set their deadlines, too
     */
    Lifetimes(Simulation simulation, long ttlMillis, boolean byAccess) {
        this.simulation = simulation;
        this.ttlNanos = ttlMillis * 1_000_000;
        this.byAccess = byAccess;
        this.groups = new OneKey[simulation.options().groups()][Simulation.EXPIRING_KEYS];
        for (OneKey[] keys : groups) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = new OneKey();
            }
        }
    }

    /** An operation is about to be executed on a node, on any key. */
    Attempt begins(SimulatedNode node, int group, int key, Operation operation) {
        return new Attempt(node, groups[group], key, operation);
    }
}
