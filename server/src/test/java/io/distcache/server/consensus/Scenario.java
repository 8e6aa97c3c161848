package io.distcache.server.consensus;

import io.distcache.server.consensus.SimulationOptions.Feature;
import org.jspecify.annotations.Nullable;

/**
 * Faults that come in an order made for one purpose, again and again, in place of all others: what goes wrong only after several things that
 * seldom happen one after another by chance. Confined to the simulation's thread.
 */
abstract class Scenario {
    static final long MILLI = 1000;

    final Simulation simulation;
    private final long until;

    Scenario(Simulation simulation, long until) {
        this.simulation = simulation;
        this.until = until;
    }

    /** The one that the options ask for; null if they ask for the usual faults. */
    static @Nullable Scenario of(Simulation simulation, long until) {
        SimulationOptions options = simulation.options();
        return options.has(Feature.SNAPSHOTS_HARMED)
                ? new HarmedSnapshots(simulation, until)
                : options.has(Feature.HANDOVERS_HARMED)
                        ? new HarmedHandovers(simulation, until)
                        : options.has(Feature.ANSWERS_HARMED) ? new HarmedAnswers(simulation, until) : null;
    }

    /** Begins anew, and says when the next time is. */
    abstract void next();

    final void begin(long at) {
        simulation.at(at, this::next);
    }

    final void after(long fromMillis, long toMillis, Runnable task) {
        simulation.at(simulation.now() + fromMillis * MILLI + simulation.below((toMillis - fromMillis) * MILLI), () -> {
            if (simulation.now() < until) {
                task.run();
            }
        });
    }

    final int nodes() {
        return simulation.options().nodes();
    }

    final void handOver(int group, int to) {
        SimulatedNode leader = simulation.someLeader(group);
        if (leader != null && leader.number() != to) {
            handOver(group, leader, to);
        }
    }

    /** Also if it does not say that it leads. */
    final void handOver(int group, SimulatedNode from, int to) {
        simulation.note("n" + from.number() + " hands group " + group + " to n" + to);
        simulation.at(simulation.now(), from, true, () -> from.state().transfer(group, to));
    }

    final void cutOff(int one) {
        simulation.note("n" + one + " is cut off");
        for (int other = 0; other < nodes(); other++) {
            if (other != one) {
                simulation.network().cut(one, other);
                simulation.network().cut(other, one);
            }
        }
    }

    /** What one sends, or what it is sent, is late. */
    final void stall(int one, boolean fromIt, long millis) {
        for (int other = 0; other < nodes(); other++) {
            if (other != one) {
                simulation.network().stall(fromIt ? one : other, fromIt ? other : one, millis * MILLI);
            }
        }
    }
}
