package io.distcache.server.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the first node has before there is a pool, and keeps whatever happens; and whether there is one. Confined to the simulation's thread. */
final class SimulatedFounding {
    private final List<TreeMap<Integer, Long>> maps = new ArrayList<>();
    private boolean decided;

    SimulatedFounding(int groups) {
        for (int i = 0; i < groups; i++) {
            TreeMap<Integer, Long> map = new TreeMap<>();
            map.put(Simulation.FOUNDED, (long) i);
            maps.add(map);
        }
    }

    Map<Integer, Long> map(int group) {
        return maps.get(group);
    }

    /** From now on there is a pool. */
    void decide() {
        decided = true;
    }

    boolean isDecided() {
        return decided;
    }
}
