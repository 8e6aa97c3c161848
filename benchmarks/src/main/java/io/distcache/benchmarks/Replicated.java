package io.distcache.benchmarks;

import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Replication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One workload on one node and on peers that keep each entry in several processes, in interleaved rounds. Processes live on
 * from one such table to the next.
 */
record Replicated(Slices slices, Replication how) implements Scenario {
    /** What the aims are about. */
    static final List<String> BASES = List.of(Report.OURS, "hazelcast-backup", "redis-wait");

    @Override
    public String title() {
        return slices.title();
    }

    @Override
    public boolean usesDisk() {
        return true;
    }

    @Override
    public int steps(List<Peer> peers) {
        return slices.steps(those(peers, how, Path.of("")));
    }

    static List<Peer> those(List<Peer> peers, Replication how, Path data) {
        return peers.stream()
                .flatMap(peer -> peer.replicated(how, data).stream())
                .toList();
    }

    /** The arena with these peers instead, which are the same each time. */
    static Arena among(Arena arena, Replication how) {
        try {
            return arena.among(those(arena.peers(), how, arena.disk().directory("replicated")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Result run(Arena arena) {
        return slices.run(among(arena, how));
    }
}
