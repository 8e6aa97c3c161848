package io.distcache.server.consensus;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is simulated.
 *
 * @param seed decides everything else
 * @param nodes how many nodes have all groups
 * @param seconds of virtual time
 * @param guards what is turned off, by name
 * @param real whether nodes have shards, or just a map
 * @param unsynced whether entries are not synced in any case, and not just with some seeds, so that machines may lose power
 * @param traced whether all that is delivered is written down
 * @param files where nodes have real files; null if their disks are simulated, too
 * @param founded whether the first node has something with which all groups begin
 * @param accessed whether reads move deadlines
 */
record SimulationOptions(
        long seed,
        int nodes,
        int groups,
        int seconds,
        Set<String> guards,
        boolean real,
        boolean unsynced,
        boolean traced,
        @Nullable Path files,
        boolean founded,
        boolean accessed) {
    static SimulationOptions of(long seed) {
        return new SimulationOptions(
                seed, seed % 8 == 7 ? 5 : 3, 3, 60, Set.of(), false, false, false, null, false, false);
    }

    SimulationOptions withShards() {
        return new SimulationOptions(
                seed, nodes, groups, seconds, guards, true, unsynced, traced, files, founded, accessed);
    }

    /** With entries whose deadlines each read moves. */
    SimulationOptions withAccesses() {
        return new SimulationOptions(
                seed, nodes, groups, seconds, guards, real, unsynced, traced, files, founded, true);
    }

    /** With machines that lose power, and entries with it. */
    SimulationOptions unsyncedToo() {
        return new SimulationOptions(
                seed, nodes, groups, seconds, guards, real, true, traced, files, founded, accessed);
    }

    SimulationOptions without(String... some) {
        return new SimulationOptions(
                seed, nodes, groups, seconds, Set.of(some), real, unsynced, traced, files, founded, accessed);
    }

    SimulationOptions tracedToo() {
        return new SimulationOptions(
                seed, nodes, groups, seconds, guards, real, unsynced, true, files, founded, accessed);
    }

    /** With something that the first node has from the beginning. */
    SimulationOptions foundedByFirst() {
        return new SimulationOptions(
                seed, nodes, groups, seconds, guards, real, unsynced, traced, files, true, accessed);
    }

    /** With files in place of simulated disks, which takes longer: for so many seconds. */
    SimulationOptions onFiles(Path directory, int some) {
        return new SimulationOptions(
                seed, nodes, groups, some, guards, real, unsynced, traced, directory, founded, accessed);
    }
}
