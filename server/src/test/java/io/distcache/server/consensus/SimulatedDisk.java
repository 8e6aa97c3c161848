package io.distcache.server.consensus;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The disk of a simulated node, which outlives its processes. A flush takes time; a process that ends within it, or before it, leaves a
 * beginning of what was to be written. Confined to the simulation's thread.
 */
final class SimulatedDisk implements GroupStore {
    private record Flush(int records, long doneAt) {}

    private final Simulation simulation;
    private final SimulatedNode node;
    private final List<GroupRecord> records = new ArrayList<>();
    private final ArrayDeque<Flush> flushes = new ArrayDeque<>();
    private int safe;
    long slowUntil;
    boolean failsNext;

    SimulatedDisk(Simulation simulation, SimulatedNode node) {
        this.simulation = simulation;
        this.node = node;
    }

    @Override
    public void read(Consumer<GroupRecord> consumer) {
        records.forEach(consumer);
    }

    @Override
    public void append(GroupRecord entry) {
        records.add(entry);
    }

    @Override
    public void flush(boolean toDisk) throws IOException {
        if (failsNext) {
            failsNext = false;
            throw new IOException("simulated: the disk fails");
        }
        boolean slow = simulation.now() < slowUntil;
        long micros = 30 + simulation.below(toDisk ? 300 : 30) + (slow ? simulation.below(250_000) : 0);
        node.busy(micros);
        flushes.add(new Flush(records.size(), node.time()));
    }

    /** The process is gone. */
    void crash() {
        while (!flushes.isEmpty() && flushes.element().doneAt <= simulation.now()) {
            safe = flushes.remove().records;
        }
        flushes.clear();
        int kept = safe + (int) simulation.below(records.size() - safe + 1);
        records.subList(kept, records.size()).clear();
        safe = kept;
    }
}
