package io.distcache.server.consensus;

import io.distcache.server.consensus.ConsensusException.Meaning;
import io.distcache.server.consensus.Operation.Kind;
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

    private final Simulation simulation;
    private final long until;
    private final Map<Integer, Long> seen = new HashMap<>();

    SimulatedClient(Simulation simulation, long until) {
        this.simulation = simulation;
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
        Kind kind = kind(key);
        long expected = seen.getOrDefault(group * Simulation.KEYS + key, Operation.ABSENT);
        long argument = kind == Kind.INCREMENT ? 1 + simulation.below(3) : simulation.nextValue();
        boolean[] over = {false};
        Runnable goOn = () -> {
            if (!over[0]) {
                over[0] = true;
                simulation.at(simulation.now() + 1 + simulation.below(PAUSE), this::next);
            }
        };
        SimulatedNode node = simulation.someLeader(group);
        if (node == null) {
            goOn.run();
            return;
        }
        Operation operation = new Operation(kind, kind == Kind.CAS ? expected : 0, argument, simulation.now());
        ask(group, key, operation, node, goOn);
        simulation.at(simulation.now() + PATIENCE, goOn);
    }

    private Kind kind(int key) {
        int die = (int) simulation.below(10);
        if (key == Simulation.COUNTER) {
            return die < 5 ? Kind.GET : Kind.INCREMENT;
        }
        return die < 5 ? Kind.GET : die < 7 ? Kind.PUT : die < 8 ? Kind.CAS : die < 9 ? Kind.ADD : Kind.REMOVE;
    }

    private void ask(int group, int key, Operation operation, SimulatedNode node, Runnable goOn) {
        List<Operation> history = simulation.history(group, key);
        history.add(operation);
        operation.by = "n" + node.number();
        int life = node.life();
        simulation.at(simulation.now() + 20 + simulation.below(100), () -> {
            if (!node.isUp() || node.life() != life) {
                history.remove(operation);
                goOn.run();
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
                                            () -> answered(group, key, operation, answer, goOn))));
        });
    }

    private void answered(int group, int key, Operation operation, MapState.Answer answer, Runnable goOn) {
        if (answer.failure() == null) {
            operation.answered(simulation.now() + 20, answer.result());
            simulation.answered();
            if (operation.kind == Kind.GET) {
                seen.put(group * Simulation.KEYS + key, answer.result());
            }
        } else if (answer.failure() != Meaning.INDETERMINATE) {
            simulation.history(group, key).remove(operation);
        }
        goOn.run();
    }
}
