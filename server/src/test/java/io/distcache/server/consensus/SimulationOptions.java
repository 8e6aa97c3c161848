package io.distcache.server.consensus;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is simulated.
 *
 * @param seed decides everything else
 * @param nodes how many nodes have all groups
 * @param seconds of virtual time
 * @param guards what is turned off, by name
 * @param features what is so that need not be
 * @param files where nodes have real files; null if their disks are simulated, too
 */
record SimulationOptions(
        long seed,
        int nodes,
        int groups,
        int seconds,
        Set<String> guards,
        Set<Feature> features,
        @Nullable Path files) {
    /** What may be so, or not. */
    enum Feature {
        /** Nodes have shards, and not just a map. */
        SHARDS,
        /** Entries are not synced in any case, and not just with some seeds, so that machines may lose power. */
        UNSYNCED,
        /** All that is delivered is written down. */
        TRACED,
        /** The first node has something with which all groups begin. */
        FOUNDED,
        /** Reads move deadlines. */
        ACCESSED,
        /** Clients also count in entries that they have leased meanwhile. */
        LEASED,
        /** Clients also use caches whose entries live shortly, or that have a bound. */
        EXPIRING,
        /** In place of all else: members fetch snapshots from followers, and then their leader is heard late. */
        SNAPSHOTS_HARMED,
        /** In place of all else: handovers are asked for at the wrong moment, and who took over is heard late. */
        HANDOVERS_HARMED,
        /** In place of all else: answers come two terms later. */
        ANSWERS_HARMED
    }

    static SimulationOptions of(long seed) {
        return new SimulationOptions(seed, seed % 8 == 7 ? 5 : 3, 3, 60, Set.of(), Set.of(), null);
    }

    boolean has(Feature feature) {
        return features.contains(feature);
    }

    boolean real() {
        return has(Feature.SHARDS);
    }

    boolean founded() {
        return has(Feature.FOUNDED);
    }

    private SimulationOptions with(Feature feature) {
        Set<Feature> more = EnumSet.of(feature);
        more.addAll(features);
        return new SimulationOptions(seed, nodes, groups, seconds, guards, more, files);
    }

    SimulationOptions withShards() {
        return with(Feature.SHARDS);
    }

    /** With entries whose deadlines each read moves. */
    SimulationOptions withAccesses() {
        return with(Feature.ACCESSED);
    }

    /** With machines that lose power, and entries with it. */
    SimulationOptions unsyncedToo() {
        return with(Feature.UNSYNCED);
    }

    SimulationOptions tracedToo() {
        return with(Feature.TRACED);
    }

    /** With something that the first node has from the beginning. */
    SimulationOptions foundedByFirst() {
        return with(Feature.FOUNDED);
    }

    /** With clients that lease entries. */
    SimulationOptions withLeases() {
        return with(Feature.LEASED);
    }

    /** With entries that go by themselves. */
    SimulationOptions withExpiry() {
        return with(Feature.EXPIRING);
    }

    /** With snapshots every few entries, and only faults made for them. */
    SimulationOptions withSnapshotsHarmed() {
        return with(Feature.SNAPSHOTS_HARMED);
    }

    /** With handovers that are asked for when a leader's marker is not committed yet, and only faults made for them. */
    SimulationOptions withHandoversHarmed() {
        return with(Feature.HANDOVERS_HARMED);
    }

    /** With answers that come two terms later, and only faults made for them. */
    SimulationOptions withAnswersHarmed() {
        return with(Feature.ANSWERS_HARMED);
    }

    SimulationOptions without(String... some) {
        return new SimulationOptions(seed, nodes, groups, seconds, Set.of(some), features, files);
    }

    /** With files in place of simulated disks, which takes longer: for so many seconds. */
    SimulationOptions onFiles(Path directory, int some) {
        return new SimulationOptions(seed, nodes, groups, some, guards, features, directory);
    }
}
