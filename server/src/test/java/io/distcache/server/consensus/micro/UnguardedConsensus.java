package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusConfig;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.Time;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Nodes without some of what keeps them right, to show that it is needed. Stateless. */
public final class UnguardedConsensus {
    /** Some entries of the simulation. */
    private static final long MOST_REQUEST_BYTES = 150;

    private UnguardedConsensus() {}

    /** The names of what can be turned off. */
    public static List<String> guards() {
        return Arrays.stream(Guard.values()).map(Guard::name).toList();
    }

    /** A node without these. */
    public static Consensus without(
            Set<String> guards,
            ConsensusConfig config,
            Applier applier,
            Time time,
            Loop loop,
            Peers peers,
            GroupStore store,
            Random random) {
        return new MicroConsensus(
                config,
                applier,
                time,
                loop,
                peers,
                store,
                random,
                MOST_REQUEST_BYTES,
                guards.stream().filter(guards()::contains).map(Guard::valueOf).collect(Collectors.toSet()));
    }
}
