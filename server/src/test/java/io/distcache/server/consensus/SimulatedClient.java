package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.server.consensus.ConsensusException.Meaning;
import io.distcache.server.consensus.SimulationOptions.Feature;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A client that does one thing after another, at whichever node says that it leads, also at those that should not. It waits for an answer for
 * a second; what it was told nothing of is left open in the history. Confined to the simulation's thread.
 */
final class SimulatedClient {
    private static final long PATIENCE = 1_000_000;
    private static final long PAUSE = 30_000;
    private static final int MOST_ATTEMPTS = 30;

    private final Simulation simulation;
    private final long until;
    private final long client;
    private final Map<Integer, Long> seen = new HashMap<>();
    private long lastNumber;
    private long lastSettlement;

    SimulatedClient(Simulation simulation, long client, long until) {
        this.simulation = simulation;
        this.client = client;
        this.until = until;
    }

    void begin() {
        simulation.at(simulation.now() + 1 + simulation.below(PAUSE), this::next);
    }

    private void next() {
        if (simulation.now() >= until) {
            return;
        }
        int group = (int) simulation.below(simulation.options().groups());
        int key = (int) simulation.below(Simulation.KEYS);
        if (simulation.options().has(Feature.EXPIRING) && simulation.chance(0.8)) {
            key = simulation.chance(0.5)
                    ? Simulation.EXPIRING + (int) simulation.below(Simulation.EXPIRING_KEYS)
                    : Simulation.BOUNDED + (int) simulation.below(Simulation.BOUNDED_KEYS);
        }
        Kind kind = kind(key);
        if (kind == Kind.INCREMENT && simulation.options().has(Feature.LEASED) && simulation.chance(0.7)) {
            new LeasedIncrement(simulation, client, ++lastSettlement, group, until, this::goOn).begin();
            return;
        }
        long expected = seen.getOrDefault(group * 100 + key, Operation.ABSENT);
        long argument = kind == Kind.INCREMENT ? 1 + simulation.below(3) : simulation.nextValue();
        Operation operation = new Operation(kind, kind == Kind.CAS ? expected : 0, argument, simulation.now());
        int most = 1;
        if (simulation.options().real()) {
            operation.client = client;
            operation.number = ++lastNumber;
            operation.firstOpen = lastNumber;
            most = MOST_ATTEMPTS;
        }
        new Attempts(group, key, operation, most).again();
    }

    /** One operation, sent again if it is made once, until it is answered. */
    private final class Attempts {
        private final int group;
        private final int key;
        private final Operation operation;
        private final int most;
        private int made;
        private boolean mayBeDone;
        private boolean over;
        private boolean noted;

        Attempts(int group, int key, Operation operation, int most) {
            this.group = group;
            this.key = key;
            this.operation = operation;
            this.most = most;
        }

        private List<Operation> history() {
            return simulation.history(group, key);
        }

        private void again() {
            if (over) {
                return;
            }
            SimulatedNode node = simulation.someLeader(group);
            if (made == most || (node == null && made == 0) || simulation.now() >= until) {
                end();
                return;
            }
            made++;
            int attempt = made;
            if (node == null) {
                simulation.at(simulation.now() + 50_000 + simulation.below(100_000), this::again);
                return;
            }
            ask(node, attempt);
            simulation.at(simulation.now() + PATIENCE, () -> {
                if (attempt == made) {
                    mayBeDone = true;
                    again();
                }
            });
        }

        private void ask(SimulatedNode node, int attempt) {
            if (!noted) {
                noted = true;
                history().add(operation);
            }
            operation.by = "n" + node.number();
            int life = node.life();
            simulation.at(simulation.now() + 20 + simulation.below(100), () -> {
                if (!node.isUp() || node.life() != life) {
                    failed(Meaning.NOT_LEADER, attempt);
                    return;
                }
                // Answers leave when the loop is where it gave them, if the process still lives then.
                simulation.at(
                        simulation.now(),
                        node,
                        false,
                        () -> node.state()
                                .execute(
                                        group,
                                        key,
                                        operation,
                                        answer -> simulation.at(
                                                Math.max(simulation.now(), node.time()),
                                                node,
                                                false,
                                                () -> answered(answer, attempt))));
            });
        }

        private void answered(SimulatedState.Answer answer, int attempt) {
            if (over) {
                return;
            }
            if (answer.failure() != null) {
                failed(answer.failure(), attempt);
                return;
            }
            over = true;
            operation.answered(simulation.now() + 20, answer.result());
            simulation.answered();
            if (operation.kind == Kind.GET) {
                seen.put(group * 100 + key, answer.result());
            }
            goOn();
        }

        private void failed(Meaning why, int attempt) {
            mayBeDone |= why == Meaning.INDETERMINATE;
            if (over || attempt != made) {
                return;
            }
            if (made == most) {
                end();
            } else {
                simulation.count("sent again");
                simulation.at(simulation.now() + 5_000 + simulation.below(100_000), () -> {
                    if (attempt == made) {
                        again();
                    }
                });
            }
        }

        private void end() {
            over = true;
            operation.givenUp = true;
            if (noted && !mayBeDone) {
                history().remove(operation);
            }
            goOn();
        }
    }

    private void goOn() {
        simulation.at(simulation.now() + 1 + simulation.below(PAUSE), this::next);
    }

    private Kind kind(int key) {
        int die = (int) simulation.below(10);
        if (key == Simulation.COUNTER) {
            return die < 5 ? Kind.GET : Kind.INCREMENT;
        }
        return die < 5 ? Kind.GET : die < 7 ? Kind.PUT : die < 8 ? Kind.CAS : die < 9 ? Kind.ADD : Kind.REMOVE;
    }
}
