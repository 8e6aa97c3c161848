package io.distcache.server.consensus;

/**
 * Again and again one member needs a snapshot, of which a follower that runs for longer than the leader has pieces; soon after the leader is heard
 * late, and hears others late, so that another is elected while it still counts on their answers. Confined to the simulation's thread.
 */
final class HarmedSnapshots {
    private static final long MILLI = 1000;

    private final Simulation simulation;
    private final long until;

    HarmedSnapshots(Simulation simulation, long until) {
        this.simulation = simulation;
        this.until = until;
    }

    void begin(long at) {
        simulation.at(at, this::next);
    }

    private void after(long fromMillis, long toMillis, Runnable task) {
        simulation.at(simulation.now() + fromMillis * MILLI + simulation.below((toMillis - fromMillis) * MILLI), () -> {
            if (simulation.now() < until) {
                task.run();
            }
        });
    }

    private void next() {
        int group = (int) simulation.below(simulation.options().groups());
        SimulatedNode leader = simulation.someLeader(group);
        if (leader == null) {
            after(200, 400, this::next);
            return;
        }
        int count = simulation.options().nodes();
        simulation.network().mendCuts();
        // It begins anew, and leads again: what others stamp is ahead of what it does.
        simulation.restart(leader, 5 * MILLI);
        after(1300, 1800, () -> handOver(group, leader.number()));
        after(1900, 2200, () -> {
            int lacking = (leader.number() + 1 + (int) simulation.below(count - 1)) % count;
            cutOff(lacking);
            after(700, 900, () -> simulation.network().mendCuts());
        });
        after(2900, 3300, () -> hearLate(leader.number()));
        after(5500, 6500, this::next);
    }

    private void handOver(int group, int to) {
        SimulatedNode leader = simulation.someLeader(group);
        if (leader != null && leader.number() != to) {
            simulation.note("n" + leader.number() + " hands group " + group + " to n" + to);
            simulation.at(simulation.now(), leader, true, () -> leader.state().transfer(group, to));
        }
    }

    private void cutOff(int one) {
        simulation.note("n" + one + " is cut off");
        for (int other = 0; other < simulation.options().nodes(); other++) {
            if (other != one) {
                simulation.network().cut(one, other);
                simulation.network().cut(other, one);
            }
        }
    }

    /** Answers come when the leader is about to give up; by then nobody has heard it for some time, and it does not hear who leads next. */
    private void hearLate(int leader) {
        simulation.note("n" + leader + " is heard late");
        stall(leader, false, 900);
        after(20, 100, () -> stall(leader, true, 2500));
        after(901, 905, () -> stall(leader, false, 1500));
    }

    private void stall(int leader, boolean fromIt, long millis) {
        for (int other = 0; other < simulation.options().nodes(); other++) {
            if (other != leader) {
                simulation.network().stall(fromIt ? leader : other, fromIt ? other : leader, millis * MILLI);
            }
        }
    }
}
