package io.distcache.server.consensus;

/** What goes wrong, and when. Confined to the simulation's thread. */
final class Faults {
    private static final long MILLI = 1000;

    private final Simulation simulation;
    private final long until;

    Faults(Simulation simulation, long until) {
        this.simulation = simulation;
        this.until = until;
    }

    void begin(long at) {
        simulation.at(at, this::next);
    }

    private void next() {
        if (simulation.now() >= until) {
            return;
        }
        int count = simulation.options().nodes();
        int one = someone(count);
        int other = (one + 1 + (int) simulation.below(count - 1)) % count;
        SimulatedNode node = simulation.node(one);
        SimulatedNetwork network = simulation.network();
        switch ((int) simulation.below(18)) {
            case 0, 1 -> restart(node);
            case 2 -> node.pause(between(100, 3000));
            case 3 -> node.suspend(between(200, 4000));
            case 4 -> isolate(one);
            case 5 -> cut(one, other, simulation.chance(0.5));
            case 6 -> {
                // The one sees both others, which do not see each other.
                cut(other, (other + 1) % count == one ? (other + 2) % count : (other + 1) % count, true);
            }
            case 7, 8 -> stall(one);
            case 9 -> {
                network.loss = simulation.chance(0.5) ? 0.02 : 0;
                network.slow = simulation.chance(0.5) ? 0.03 : 0;
            }
            case 10 -> node.setClock(between(-20_000, 20_000));
            case 11 -> node.disk().slowUntil = simulation.now() + between(200, 5000);
            case 12 -> {
                if (simulation.chance(0.5)) {
                    fill(node);
                } else {
                    node.disk().failsNext = simulation.chance(0.3);
                }
            }
            case 13 -> {
                simulation.note("n" + one + "'s workers are slow");
                node.workersSlowUntil = simulation.now() + between(100, 6000);
            }
            case 14 -> transfer();
            case 15, 16 -> restartWhereTheLeaderIsCutOff(one, other);
            default -> network.mendCuts();
        }
        simulation.at(simulation.now() + between(50, 1500), this::next);
    }

    /** Who leads suffers more than others. */
    private int someone(int count) {
        SimulatedNode leader = simulation.someLeader(
                (int) simulation.below(simulation.options().groups()));
        return leader == null || simulation.chance(0.5) ? (int) simulation.below(count) : leader.number();
    }

    /** One is heard by a single other for so long that the rest would elect somebody; then that one restarts and does not hear it any more. */
    private void restartWhereTheLeaderIsCutOff(int one, int single) {
        simulation.network().mendCuts();
        for (int other = 0; other < simulation.options().nodes(); other++) {
            if (other != one && other != single) {
                cut(one, other, true);
            }
        }
        simulation.at(simulation.now() + between(900, 1400), () -> {
            if (simulation.now() < until) {
                simulation.restart(simulation.node(single), between(1, 20));
                cut(one, single, true);
            }
        });
    }

    /**
     * Now and then a machine loses power, if a majority remains that has forgotten nothing. Sometimes who leads stays cut off from the others
     * meanwhile, so that what it had acknowledged by that machine is known to nobody else.
     */
    void losePower(long at) {
        simulation.at(at, () -> {
            if (simulation.now() >= until) {
                return;
            }
            SimulatedNode node =
                    simulation.node((int) simulation.below(simulation.options().nodes()));
            if (simulation.mayForget(node)) {
                simulation.losePower(node, between(5, 1500));
                SimulatedNode leader = simulation.someLeader(
                        (int) simulation.below(simulation.options().groups()));
                if (leader != null && simulation.chance(0.5)) {
                    isolate(leader.number());
                }
            }
            losePower(simulation.now() + between(500, 6000));
        });
    }

    /** The disk has no room for a while, also for the processes that are started again on it. */
    private void fill(SimulatedNode node) {
        simulation.note("n" + node.number() + "'s disk is full");
        simulation.count("full disks");
        node.disk().fullUntil = simulation.now() + between(50, 2500);
    }

    private long between(long fromMillis, long toMillis) {
        return fromMillis * MILLI + simulation.below((toMillis - fromMillis) * MILLI);
    }

    private void restart(SimulatedNode node) {
        simulation.restart(node, simulation.chance(0.5) ? between(5, 100) : between(100, 3000));
    }

    private void isolate(int one) {
        simulation.network().mendCuts();
        for (int other = 0; other < simulation.options().nodes(); other++) {
            if (other != one) {
                cut(one, other, true);
            }
        }
    }

    private void cut(int from, int to, boolean bothWays) {
        simulation.note("n" + from + (bothWays ? "-" : ">") + "n" + to + " is cut");
        simulation.network().cut(from, to);
        if (bothWays) {
            simulation.network().cut(to, from);
        }
    }

    private void stall(int one) {
        boolean bothWays = simulation.chance(0.5);
        for (int other = 0; other < simulation.options().nodes(); other++) {
            if (other != one && simulation.chance(0.8)) {
                simulation.note("n" + one + (bothWays ? "-" : ">") + "n" + other + " stalls");
                simulation.network().stall(one, other, between(300, 4000));
                if (bothWays) {
                    simulation.network().stall(other, one, between(300, 4000));
                }
            }
        }
    }

    private void transfer() {
        int group = (int) simulation.below(simulation.options().groups());
        SimulatedNode leader = simulation.someLeader(group);
        if (leader != null && leader.isUp()) {
            int to = (int) simulation.below(simulation.options().nodes());
            if (to != leader.number()) {
                simulation.note("n" + leader.number() + " hands group " + group + " to n" + to);
                int life = leader.life();
                simulation.at(
                        simulation.now(), leader, true, () -> leader.state().transfer(group, to));
                assert life == leader.life();
            }
        }
    }
}
