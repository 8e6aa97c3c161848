package io.distcache.benchmarks;

import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.Keeping;
import io.distcache.benchmarks.peer.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One workload on peers that log it under one sync policy, and on DistCache in memory, in interleaved rounds. */
record Durable(String title, Keeping policy, Workload workload, Plan plan) implements Scenario {

    @Override
    public boolean usesDisk() {
        return true;
    }

    @Override
    public int steps(List<Peer> peers) {
        return slices().steps(those(peers, Path.of("")));
    }

    private Slices slices() {
        List<String> bases = List.of(policy.of("lettuce"), policy.of("redisson"), Keeping.IN_MEMORY.of(Report.OURS));
        return new Slices(title, workload, plan, bases);
    }

    /** In this order, each with a directory of its own below {@code data}. */
    private List<Peer> those(List<Peer> peers, Path data) {
        List<Peer> kept = new ArrayList<>();
        for (Peer peer : peers) {
            peer.keeping(policy, data.resolve(peer.name())).ifPresent(kept::add);
            if (peer.name().equals(Report.OURS)) {
                peer.keeping(Keeping.IN_MEMORY, data).ifPresent(kept::add);
            }
        }
        return kept;
    }

    @Override
    public Result run(Arena arena) {
        try {
            Path data = arena.disk().newDirectory();
            for (Peer peer : arena.peers()) {
                Files.createDirectory(data.resolve(peer.name()));
            }
            Result result;
            try (Arena own = arena.with(those(arena.peers(), data))) {
                result = slices().run(own);
            }
            Disk.remove(data);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
