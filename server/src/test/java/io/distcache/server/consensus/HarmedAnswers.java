package io.distcache.server.consensus;

/**
 * Again and again what a minority answers to a leader arrives two terms later, when the same node leads again and no majority hears it any more:
 * then it asks whether it leads still, and the answers of the minority to what it had asked in the first term come in. Confined to the
 * simulation's thread.
 */
final class HarmedAnswers extends Scenario {
    HarmedAnswers(Simulation simulation, long until) {
        super(simulation, until);
    }

    @Override
    void next() {
        simulation.network().mendCuts();
        int group = (int) simulation.below(simulation.options().groups());
        SimulatedNode leader = simulation.someLeader(group);
        if (leader == null) {
            after(200, 400, this::next);
            return;
        }
        // A term of its own, in which nobody has asked anything yet.
        int one = (leader.number() + 1 + (int) simulation.below(nodes() - 1)) % nodes();
        handOver(group, leader, one);
        after(150, 200, () -> beginFirstTerm(group, one));
        after(6200, 6700, this::next);
    }

    private void beginFirstTerm(int group, int one) {
        SimulatedNode leader = simulation.node(one);
        int helper = (one + 1 + (int) simulation.below(nodes() - 1)) % nodes();
        // The others answer late: as many as make a majority with the leader.
        int late = nodes() / 2;
        for (int i = 1, left = late; left > 0; i++) {
            int other = (helper + i) % nodes();
            if (other != one) {
                simulation.note("n" + other + " answers n" + one + " late");
                simulation.network().stall(other, one, 3700 * MILLI);
                left--;
            }
        }
        // Whose clock is set has no lease until the next answer, which takes some time: reads ask the others.
        after(20, 60, () -> {
            leader.setClock(simulation.below(20_000 * MILLI));
            stall(one, false, 80);
        });
        after(500, 550, () -> handOver(group, helper));
        after(1000, 1050, () -> handOver(group, one));
        after(1900, 1950, () -> {
            // What it has sent until now is answered so late that it goes on leading while somebody else is elected.
            hearLate(one, 880);
            after(15, 20, () -> {
                simulation.note("n" + one + " is not heard");
                for (int other = 0; other < nodes(); other++) {
                    if (other != one) {
                        simulation.network().cut(one, other);
                    }
                }
            });
            after(882, 884, () -> hearLate(one, 1500));
        });
    }

    private void hearLate(int one, long millis) {
        simulation.note("n" + one + " hears late");
        stall(one, false, millis);
    }
}
