package io.distcache.server.consensus;

/**
 * Again and again one member needs a snapshot, of which a follower that runs for longer than the leader has pieces; soon after the leader is heard
 * late, and hears others late, so that another is elected while it still counts on their answers. Confined to the simulation's thread.
 */
final class HarmedSnapshots extends Scenario {
    HarmedSnapshots(Simulation simulation, long until) {
        super(simulation, until);
    }

    @Override
    void next() {
        int group = (int) simulation.below(simulation.options().groups());
        SimulatedNode leader = simulation.someLeader(group);
        if (leader == null) {
            after(200, 400, this::next);
            return;
        }
        simulation.network().mendCuts();
        // It begins anew, and leads again: what others stamp is ahead of what it does.
        simulation.restart(leader, 5 * MILLI);
        after(1300, 1800, () -> handOver(group, leader.number()));
        after(1900, 2200, () -> {
            int lacking = (leader.number() + 1 + (int) simulation.below(nodes() - 1)) % nodes();
            cutOff(lacking);
            after(700, 900, () -> simulation.network().mendCuts());
        });
        after(2900, 3300, () -> hearLate(leader.number()));
        after(5500, 6500, this::next);
    }

    /** Answers come when the leader is about to give up; by then nobody has heard it for some time, and it does not hear who leads next. */
    private void hearLate(int leader) {
        simulation.note("n" + leader + " is heard late");
        stall(leader, false, 900);
        after(20, 100, () -> stall(leader, true, 2500));
        after(901, 905, () -> stall(leader, false, 1500));
    }
}
