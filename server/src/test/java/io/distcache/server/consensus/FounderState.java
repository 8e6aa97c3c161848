package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.server.consensus.ConsensusException.Meaning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a simulated node keeps that serves alone and makes a pool of what it has: a map for each group that nothing takes away, and what has
 * come to it since the groups were begun, which is shipped to the others until they are near; then it serves no more, ships the rest, decides,
 * opens the groups, hands them over and starts anew. If it ends before it has decided, all of that begins once more. Confined to the
 * simulation's thread.
 */
final class FounderState implements Applier, SimulatedState {
    /** It has nothing to make a snapshot of, so this is the room for all that it ships. */
    static final int SNAPSHOT_ENTRIES = 512;

    private static final int MOST_ENTRIES = SNAPSHOT_ENTRIES - 100;
    private static final int NEAR = 8;
    private static final int AT_ONCE = 10;

    private record Change(int key, long value) {}

    private static final class OneGroup {
        private final Map<Integer, Long> first;
        private final List<Change> log = new ArrayList<>();
        private int committed;
        private boolean busy;
        private boolean leads;
        private boolean isNear;
        private long epoch;

        OneGroup(Map<Integer, Long> first) {
            this.first = new TreeMap<>(first);
        }
    }

    private final Simulation simulation;
    private final SimulatedNode node;
    private final OneGroup[] groups;
    private final Consensus consensus;
    private final long drainsAt;
    private boolean drained;

    FounderState(Simulation simulation, SimulatedNode node, int groups, BiFunction<Applier, Peers, Consensus> engine) {
        this.simulation = simulation;
        this.node = node;
        this.groups = new OneGroup[groups];
        Arrays.setAll(this.groups, i -> new OneGroup(simulation.founding().map(i)));
        this.consensus = engine.apply(this, node);
        this.drainsAt = simulation.now() + 1_000_000 + simulation.below(8_000_000);
    }

    @Override
    public void start() throws IOException {
        consensus.start();
        next();
    }

    private void next() {
        simulation.at(simulation.now() + 5_000 + simulation.below(40_000), node, false, this::step);
    }

    private void step() {
        if (simulation.founding().isDecided()) {
            return;
        }
        for (int i = 0; i < groups.length; i++) {
            if (groups[i].log.size() > MOST_ENTRIES) {
                simulation.count("foundings with too much to ship");
                simulation.restart(node, 100_000);
                return;
            }
            ship(i);
            look(i);
        }
        boolean near = Arrays.stream(groups).allMatch(group -> group.leads && group.isNear);
        if (!drained && near && simulation.now() > drainsAt) {
            simulation.note("the founder serves no more");
            drained = true;
        } else if (drained && Arrays.stream(groups).allMatch(group -> group.committed == group.log.size())) {
            decide();
            return;
        }
        next();
    }

    private void ship(int number) {
        OneGroup group = groups[number];
        if (group.busy || !group.leads || group.committed == group.log.size()) {
            return;
        }
        int until = Math.min(group.log.size(), group.committed + AT_ONCE);
        group.busy = true;
        CompletableFuture<?>[] all = IntStream.range(group.committed, until)
                .mapToObj(i -> {
                    Change change = group.log.get(i);
                    byte[] entry = ByteBuffer.allocate(12)
                            .putInt(change.key)
                            .putLong(change.value)
                            .array();
                    return consensus.propose(number, group.epoch, entry).toCompletableFuture();
                })
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(all).whenComplete((done, failure) -> {
            group.busy = false;
            if (failure == null) {
                group.committed = until;
            } else {
                simulation.count("shipped again");
            }
        });
    }

    private void look(int number) {
        consensus.progress(number).thenAccept(progress -> {
            long nearOnes =
                    progress.behind().stream().filter(lacks -> lacks <= NEAR).count();
            groups[number].isNear = nearOnes > simulation.options().nodes() / 2;
        });
    }

    private void decide() {
        simulation.note("the founder has decided");
        simulation.founding().decide();
        CompletableFuture<?>[] all = new CompletableFuture<?>[groups.length];
        for (int i = 0; i < groups.length; i++) {
            int number = i;
            int to = 1 + (int) simulation.below(simulation.options().nodes() - 1);
            all[i] = consensus
                    .open(i)
                    .thenCompose(done -> consensus.transfer(number, to))
                    .toCompletableFuture();
        }
        int life = node.life();
        CompletableFuture.allOf(all).whenComplete((done, failure) -> {
            simulation.count(failure == null ? "founded" : "founded, and not handed over");
            if (node.life() == life) {
                simulation.at(simulation.now() + 1, () -> {
                    if (node.life() == life) {
                        simulation.restart(node, 50_000 + simulation.below(2_000_000));
                    }
                });
            }
        });
    }

    @Override
    public boolean leads(int group) {
        return !drained;
    }

    @Override
    public boolean isElected(int group) {
        return consensus.view(group).leader() == node.number();
    }

    @Override
    public Map<Integer, Long> map(int group) {
        return simulation.founding().map(group);
    }

    @Override
    public boolean isSilent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return false;
    }

    @Override
    public void transfer(int group, int member) {
        // Of nobody's: the others do not lead.
    }

    @Override
    public void execute(int number, int key, Operation command, Consumer<Answer> answer) {
        if (drained) {
            answer.accept(new Answer(0, Meaning.NOT_LEADER));
            return;
        }
        Map<Integer, Long> map = simulation.founding().map(number);
        long before = map.getOrDefault(key, Operation.ABSENT);
        long after = command.after(before);
        if (after != before) {
            if (after == Operation.ABSENT) {
                map.remove(key);
            } else {
                map.put(key, after);
            }
            groups[number].log.add(new Change(key, after));
            simulation.count("changes while the pool is made");
        }
        answer.accept(new Answer(command.told(before), null));
    }

    // What is agreed on

    @Override
    public void apply(int number, long index, long epoch, byte[] entry) {
        ByteBuffer from = ByteBuffer.wrap(entry);
        simulation.applied(number, index, from.getInt(), from.getLong());
    }

    @Override
    public void role(int number, Role role, int term, long epoch) {
        groups[number].leads = role == Role.LEADS;
        groups[number].epoch = epoch;
    }

    @Override
    public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {
        byte[] first = MapState.piece(groups[group].first);
        pieces.accept(() -> first);
    }

    @Override
    public void install(int group, long index, Iterable<byte[]> pieces) {
        // Its own.
    }

    @Override
    public void failed(IOException cause) {
        simulation.note("the founder's disk failed");
        simulation.restart(node, 100_000);
    }
}
