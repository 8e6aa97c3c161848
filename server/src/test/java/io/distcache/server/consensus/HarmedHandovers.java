package io.distcache.server.consensus;

/**
 * Again and again a handover that was decided on some time ago is asked for when the node has just been elected anew, and its marker is not
 * committed yet; the followers' answers are late. So it leads while the handover goes on, and what tells it that somebody took over is later
 * than what clients ask it. Confined to the simulation's thread.
 */
final class HarmedHandovers extends Scenario {
    /** How often somebody looks whether it is elected: before its marker can have gone there and back. */
    private static final long LOOK_MICROS = 150;

    private static final int MOST_LOOKS = 10_000;

    HarmedHandovers(Simulation simulation, long until) {
        super(simulation, until);
    }

    @Override
    void next() {
        simulation.network().mendCuts();
        int group = (int) simulation.below(simulation.options().groups());
        SimulatedNode leader = simulation.someLeader(group);
        if (leader != null) {
            int elected = (leader.number() + 1 + (int) simulation.below(nodes() - 1)) % nodes();
            handOver(group, leader, elected);
            whenElected(group, simulation.node(elected), MOST_LOOKS);
        }
        after(2500, 4000, this::next);
    }

    private void whenElected(int group, SimulatedNode node, int looks) {
        if (node.state().isElected(group) && !node.state().leads(group)) {
            int to = (node.number() + 1 + (int) simulation.below(nodes() - 1)) % nodes();
            simulation.count("handovers before the marker");
            handOver(group, node, to);
            // The marker is committed shortly before the engine looks again whether it can hand over, a heartbeat
            // later.
            stall(node.number(), false, 85 + simulation.below(13));
            after(99, 100, () -> {
                simulation.note("n" + node.number() + " hears late");
                stall(node.number(), false, 1500);
            });
        } else if (looks > 0) {
            simulation.at(simulation.now() + LOOK_MICROS, () -> whenElected(group, node, looks - 1));
        }
    }
}
