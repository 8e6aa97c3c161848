package io.distcache.server.consensus;

import java.util.Set;

/**
 * What is simulated.
 *
 * @param seed decides everything else
 * @param nodes how many nodes have all groups
 * @param seconds of virtual time
 * @param guards what is turned off, by name
 * @param real whether nodes have shards, or just a map
 * @param traced whether all that is delivered is written down
 */
record SimulationOptions(
        long seed, int nodes, int groups, int seconds, Set<String> guards, boolean real, boolean traced) {
    static SimulationOptions of(long seed) {
        return new SimulationOptions(seed, seed % 8 == 7 ? 5 : 3, 3, 60, Set.of(), false, false);
    }

    SimulationOptions withShards() {
        return new SimulationOptions(seed, nodes, groups, seconds, guards, true, traced);
    }

    SimulationOptions without(String... some) {
        return new SimulationOptions(seed, nodes, groups, seconds, Set.of(some), real, traced);
    }

    SimulationOptions tracedToo() {
        return new SimulationOptions(seed, nodes, groups, seconds, guards, real, true);
    }
}
