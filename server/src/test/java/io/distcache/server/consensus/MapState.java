package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.server.consensus.ConsensusException.Meaning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a simulated node keeps: a map for each group. As the shards will, the leader executes a command at once on what is committed and what
 * it has proposed, proposes what comes of it, and answers when that is committed; what only looks waits for the commit of what it saw, and
 * needs the lease. Confined to the simulation's thread.
 */
final class MapState implements Applier, SimulatedState {
    private record Pending(long value, CompletionStage<Long> committed) {}

    private static final class OneGroup {
        private final TreeMap<Integer, Long> map = new TreeMap<>();
        private final Map<Integer, Pending> ahead = new HashMap<>();
        private long epoch;
        private boolean leads;
        private long applied;
        private long proposedUntil;
    }

    private final Simulation simulation;
    private final SimulatedNode node;
    private final OneGroup[] groups;
    private final Consensus consensus;

    MapState(Simulation simulation, SimulatedNode node, int groups, BiFunction<Applier, Peers, Consensus> engine) {
        this.simulation = simulation;
        this.node = node;
        this.groups = new OneGroup[groups];
        Arrays.setAll(this.groups, i -> new OneGroup());
        this.consensus = engine.apply(this, node);
    }

    @Override
    public void start() throws IOException {
        consensus.start();
    }

    @Override
    public boolean leads(int group) {
        return groups[group].leads;
    }

    @Override
    public boolean isElected(int group) {
        return consensus.view(group).leader() == node.number();
    }

    @Override
    public Map<Integer, Long> map(int group) {
        return groups[group].map;
    }

    @Override
    public boolean isSilent() {
        return IntStream.range(0, groups.length).anyMatch(consensus::isSilent);
    }

    @Override
    public boolean isOpen() {
        return IntStream.range(0, groups.length).allMatch(consensus::isOpen);
    }

    @Override
    public void transfer(int group, int member) {
        consensus.transfer(group, member);
    }

    // Commands, on a worker

    @Override
    public void execute(int number, int key, Operation command, Consumer<Answer> answer) {
        OneGroup group = groups[number];
        if (!group.leads) {
            answer.accept(new Answer(0, Meaning.NOT_LEADER));
            return;
        }
        Pending pending = group.ahead.get(key);
        long before = pending == null ? group.map.getOrDefault(key, Operation.ABSENT) : pending.value;
        long after = command.after(before);
        long told = command.told(before);
        if (after == before) {
            look(number, group, pending, told, answer);
            return;
        }
        CompletionStage<Long> committed = propose(number, group, key, after);
        Pending mine = new Pending(after, committed);
        group.ahead.put(key, mine);
        committed.whenComplete((index, failure) -> {
            group.ahead.remove(key, mine);
            answer.accept(failure == null ? new Answer(told, null) : new Answer(0, meaning(failure)));
        });
    }

    private void look(int number, OneGroup group, Pending pending, long told, Consumer<Answer> answer) {
        Runnable whenSure = () -> {
            if (pending == null || simulation.options().guards().contains("READ_GATE")) {
                answer.accept(new Answer(told, null));
            } else {
                pending.committed.whenComplete((index, failure) ->
                        answer.accept(failure == null ? new Answer(told, null) : new Answer(0, Meaning.NOT_LEADER)));
            }
        };
        if (consensus.leaseValid(number)) {
            simulation.count("looks with a lease");
            whenSure.run();
            return;
        }
        long epoch = group.epoch;
        consensus.confirm(number).whenComplete((done, failure) -> {
            if (failure == null && group.leads && group.epoch == epoch) {
                simulation.count("looks confirmed");
                whenSure.run();
            } else {
                answer.accept(new Answer(0, Meaning.NOT_LEADER));
            }
        });
    }

    /** The thread that executed a command may stand still before it proposes. */
    private CompletionStage<Long> propose(int number, OneGroup group, int key, long value) {
        java.util.concurrent.CompletableFuture<Long> committed = new java.util.concurrent.CompletableFuture<>();
        long epoch = group.epoch;
        byte[] entry = ByteBuffer.allocate(12).putInt(key).putLong(value).array();
        long at = simulation.now() + simulation.below(20);
        if (simulation.now() < node.workersSlowUntil) {
            at = Math.max(at, node.workersSlowUntil);
        }
        at = Math.max(at, group.proposedUntil);
        group.proposedUntil = at;
        simulation.at(
                at,
                node,
                false,
                () -> consensus.propose(number, epoch, entry).whenComplete((index, failure) -> {
                    if (failure == null) {
                        committed.complete(index);
                    } else {
                        committed.completeExceptionally(failure);
                    }
                }));
        return committed;
    }

    private Meaning meaning(Throwable failure) {
        Meaning meaning = ((ConsensusException) failure).meaning();
        simulation.count(failure.getMessage().contains("epoch") ? "entries of an epoch that was over" : meaning.name());
        return meaning;
    }

    // What is agreed on

    @Override
    public void apply(int number, long index, long epoch, byte[] entry) {
        OneGroup group = groups[number];
        ByteBuffer from = ByteBuffer.wrap(entry);
        int key = from.getInt();
        long value = from.getLong();
        if (value == Operation.ABSENT) {
            group.map.remove(key);
        } else {
            group.map.put(key, value);
        }
        if (index <= group.applied) {
            simulation.violated(
                    "n" + node.number() + " applies " + index + " of group " + number + " after " + group.applied);
        }
        group.applied = index;
        simulation.applied(number, index, key, value);
    }

    @Override
    public void role(int number, Role role, int term, long epoch) {
        OneGroup group = groups[number];
        group.leads = role == Role.LEADS;
        group.epoch = epoch;
        group.ahead.clear();
        if (group.leads) {
            simulation.count("leaders");
        }
        simulation.note("n" + node.number() + " " + role + " group " + number + " term " + term);
    }

    @Override
    public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {
        // Two pieces, so that some come from elsewhere than others.
        for (int half = 0; half < 2; half++) {
            int parity = half;
            TreeMap<Integer, Long> part = new TreeMap<>(groups[group].map);
            part.keySet().removeIf(key -> key % 2 != parity);
            pieces.accept(() -> piece(part));
        }
    }

    static byte[] piece(Map<Integer, Long> map) {
        ByteBuffer piece = ByteBuffer.allocate(12 * map.size());
        map.forEach((key, value) -> piece.putInt(key).putLong(value));
        return piece.array();
    }

    @Override
    public void install(int group, long index, Iterable<byte[]> pieces) {
        simulation.count("snapshots installed");
        TreeMap<Integer, Long> map = groups[group].map;
        map.clear();
        for (byte[] bytes : pieces) {
            ByteBuffer piece = ByteBuffer.wrap(bytes);
            while (piece.hasRemaining()) {
                map.put(piece.getInt(), piece.getLong());
            }
        }
        groups[group].applied = index;
    }

    @Override
    public void failed(IOException cause) {
        simulation.note("n" + node.number() + "'s disk failed");
        simulation.restart(node, 100_000);
    }
}
