package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.ConsensusException.Meaning;
import io.distcache.server.consensus.SimulationOptions.Feature;
import io.distcache.server.replication.Layout;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.ReplicationConfig;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.LeaseConfig;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Partitioning;
import io.distcache.server.shard.Replica;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.shard.UngatedReads;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The shards of a node in a replicated pool, with all that is between them and the consensus. The commands are those of clients; changes go as
 * ONCE. The simulation's groups are those of keys, so each is one less than that of the consensus. Confined to the simulation's thread.
 */
final class RealShards implements SimulatedState {
    static final int KEEP_MILLIS = 300_000;
    private static final long TICK_MICROS = 100_000;

    private final Simulation simulation;
    private final SimulatedNode node;
    private final Replication replication;
    private final Caches caches;
    private final Shards shards;
    private final CommitLog log;
    private final Evictor evictor;
    private final SimulatedSession session = new SimulatedSession();
    private long proposedUntil;

    RealShards(Simulation simulation, SimulatedNode node, int groups, BiFunction<Applier, Peers, Consensus> engine) {
        this.simulation = simulation;
        this.node = node;
        NodeClock clock = new NodeClock(
                new InstantSource() {
                    @Override
                    public Instant instant() {
                        return Instant.ofEpochMilli(node.wallMillis());
                    }
                },
                simulation.options().guards().contains("CLOCK_RATE") ? () -> node.nanos() / 10 * 9 : node::nanos);
        AcknowledgementBook book = new AcknowledgementBook(Duration.ofSeconds(10));
        this.caches = new Caches(Routes.PARTITIONS, book, CommitLog.NONE);
        ReplicationConfig config = new ReplicationConfig(
                new Layout(groups),
                node.number(),
                8,
                200,
                1 << 20,
                150,
                4_000,
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                true,
                true);
        this.replication = new Replication(config, clock, node, node, caches, engine, member -> "n" + member);
        this.log = simulation.options().guards().contains("KEPT_REPLIES")
                ? new WrongLog.WithoutReplies(replication.log())
                : simulation.options().guards().contains("COMMIT_GATE")
                        ? new WrongLog.Hasty(replication.log())
                        : replication.log();
        Budget budget = new Budget(new StoreConfig(Routes.PARTITIONS, 1 << 30, 0));
        LeaseConfig leases = new LeaseConfig(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(2));
        AtomicLong tokens = new AtomicLong(node.wallMillis() << 20);
        OnceCache once = new OnceCache(caches);
        this.shards = new Shards(
                Partitioning.RANGES,
                Routes.PARTITIONS,
                i -> new Shard(
                        i, Routes.PARTITIONS, 0, clock, log, leases, book, budget, tokens, replication.gate(i), once));
        this.evictor = new Evictor(caches, shards, budget);
    }

    @Override
    public void start() throws IOException {
        replication.start(shards, simulation.nextValue() << 20, new Replication.Listener() {
            @Override
            public void viewChanged() {}

            @Override
            public void failed(IOException cause) {
                simulation.note("n" + node.number() + "'s disk failed");
                simulation.restart(node, 100_000);
            }
        });
        if (simulation.options().has(Feature.LEASED) || simulation.options().has(Feature.EXPIRING)) {
            tickLater();
        }
    }

    /** As the node's housekeeping does, on a thread of its own. */
    private void tickLater() {
        simulation.at(simulation.now() + TICK_MICROS + simulation.below(TICK_MICROS), node, false, () -> {
            if (simulation.now() >= simulation.still()) {
                return;
            }
            for (Cache cache : caches.all()) {
                shards.forEach(shard -> shard.upkeep().tick(cache));
                evictor.makeRoom(cache, null);
            }
            flushLater();
            tickLater();
        });
    }

    // --- commands

    /** A key of a group, the same in each run. */
    Bytes key(int group, int key) {
        return SimulatedEntries.key(replication.layout().groups(), group, key);
    }

    @Override
    public boolean leads(int group) {
        return replication.leads(group);
    }

    @Override
    public boolean isSilent() {
        return IntStream.range(0, replication.layout().consensusGroups()).anyMatch(replication.consensus()::isSilent);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void transfer(int group, int member) {
        CompletionStage<Void> unused = replication.consensus().transfer(group + 1, member);
    }

    @Override
    public void execute(int group, int key, Operation command, Consumer<Answer> answer) {
        withCache(
                SimulatedEntries.definition(simulation.options(), key),
                cache -> execute(cache, group, key, command, answer),
                () -> answer.accept(new Answer(0, Meaning.NOT_LEADER)));
    }

    /** The cache in which the simulation's keys are. */
    void withCache(Consumer<Cache> then, Runnable otherwise) {
        withCache(SimulatedEntries.definition(simulation.options(), 0), then, otherwise);
    }

    /** Does something with a cache, on a worker, which is opened before if need be. */
    void withCache(CacheDefinition definition, Consumer<Cache> then, Runnable otherwise) {
        Cache cache = caches.find(SimulatedEntries.NAMESPACE, definition.name());
        if (cache != null) {
            then.accept(cache);
            return;
        }
        simulation.count("opens");
        CompletionStage<Replication.Opened> opened = replication.open(definition);
        opened.whenComplete((done, failure) -> {
            if (failure != null) {
                otherwise.run();
            } else {
                simulation.at(simulation.now(), node, false, () -> then.accept(done.cache()));
            }
        });
    }

    private void execute(Cache cache, int group, int key, Operation command, Consumer<Answer> answer) {
        Bytes bytes = key(group, key);
        Shard shard = shards.of(bytes);
        Lifetimes.Attempt attempt = simulation.lifetimes().begins(node, group, key, command);
        Consumer<Reply> responder = reply -> {
            Answer told = answer(command, reply);
            attempt.ends(told);
            answer.accept(told);
        };
        Origin origin = new Origin(session, 0, responder);
        Reply reply;
        if (command.kind == Operation.Kind.GET && simulation.options().guards().contains("READ_GATE")) {
            int index = KeySlot.of(bytes) / Routes.SLOTS_PER_PARTITION;
            log.newest(index).whenComplete((done, failure) -> {
                Reply seen = failure == null ? UngatedReads.get(shard, cache, index, bytes) : Shard.notThere(failure);
                responder.accept(seen);
            });
            return;
        }
        if (command.kind == Operation.Kind.GET) {
            reply = shard.get(cache, bytes);
            reply = reply == null ? shard.read(cache, new Get(bytes), origin) : reply;
        } else {
            Command.OnEntry change = change(command, bytes);
            reply = shard.execute(
                    cache,
                    command.client == 0
                            ? change
                            : new Command.Once(command.client, command.number, command.firstOpen, KEEP_MILLIS, change),
                    origin);
        }
        if (reply != null) {
            responder.accept(reply);
        }
        if (cache.definition().maxEntries() > 0) {
            evictor.makeRoom(cache, command.kind == Operation.Kind.GET ? null : bytes);
        }
        flushLater();
    }

    private static Command.OnEntry change(Operation command, Bytes key) {
        return switch (command.kind) {
            case GET -> throw new IllegalArgumentException("no change");
            case PUT -> put(key, command.argument, Condition.ALWAYS);
            case CAS ->
                put(
                        key,
                        command.argument,
                        command.expected == Operation.ABSENT
                                ? Condition.ABSENT
                                : Condition.valueIs(SimulatedEntries.number(command.expected)));
            case ADD -> put(key, command.argument, Condition.ABSENT);
            case REMOVE -> new Command.Remove(0, key, Condition.ALWAYS, false);
            case INCREMENT ->
                new Command.Add(
                        0,
                        key,
                        SimulatedEntries.number(command.argument),
                        SimulatedEntries.number(command.argument),
                        Ttl.DEFINED);
        };
    }

    private static Command.Put put(Bytes key, long value, Condition condition) {
        return new Command.Put(0, key, SimulatedEntries.number(value), condition, Ttl.DEFINED, false);
    }

    private Answer answer(Operation command, Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            simulation.count(failure.status().name());
            if (failure.status() != Status.NOT_LEADER
                    && failure.status() != Status.INDETERMINATE
                    && failure.status() != Status.OVERLOADED
                    && failure.status() != Status.NO_SUCH_CACHE
                    // It has waited for who leased the entry.
                    && failure.status() != Status.LEASE_TIMEOUT
                    // An attempt that comes when another one was answered, or nobody waits any more.
                    && (failure.status() != Status.BAD_REQUEST || (command.isOpen() && !command.givenUp))) {
                simulation.violated(failure.status() + ": " + failure.message() + " to " + command);
            }
            return new Answer(0, failure.status() == Status.INDETERMINATE ? Meaning.INDETERMINATE : Meaning.NOT_LEADER);
        }
        long told = switch (command.kind) {
            case GET -> reply instanceof Reply.Value value ? SimulatedEntries.number(value.value()) : Operation.ABSENT;
            case PUT -> 0;
            case CAS, ADD -> ((Reply.Changed) reply).applied() ? 1 : 0;
            case REMOVE -> ((Reply.Changed) reply).existed() ? 1 : 0;
            case INCREMENT -> SimulatedEntries.number(((Reply.Value) reply).value());
        };
        return new Answer(told, null);
    }

    /** The thread that executed a command may stand still before it proposes. */
    void flushLater() {
        long at = simulation.now() + simulation.below(20);
        if (simulation.now() < node.workersSlowUntil) {
            at = Math.max(at, node.workersSlowUntil);
        }
        at = Math.max(at, proposedUntil);
        proposedUntil = at;
        simulation.at(at, node, false, log::flush);
    }

    Shards shards() {
        return shards;
    }

    // --- what it has

    @Override
    public boolean isElected(int group) {
        return replication.consensus().view(group + 1).leader() == node.number();
    }

    @Override
    public Map<Integer, Long> map(int group) {
        Map<Integer, Long> found = new TreeMap<>();
        Cache cache = caches.find(SimulatedEntries.NAMESPACE, SimulatedEntries.LASTING);
        for (int key = 0; cache != null && key < Simulation.KEYS; key++) {
            Bytes bytes = key(group, key);
            Replica.Committed there = shards.of(bytes).replica().committed(cache);
            for (int i = 0; i < there.size(); i++) {
                byte[] record = new byte[there.length(i)];
                there.copyTo(i, record, 0);
                if (EntryRecord.key(record).equals(bytes)) {
                    found.put(key, SimulatedEntries.number(EntryRecord.value(record)));
                }
            }
        }
        return found;
    }

    @Override
    public String wrong() {
        for (Cache cache : caches.all()) {
            long entries = 0;
            for (Shard shard : shards) {
                entries += shard.replica().entries(cache);
            }
            if (entries != cache.entries()) {
                return cache.definition().name() + " has " + entries + " entries and counts " + cache.entries();
            }
            long bound = cache.definition().maxEntries();
            if (bound > 0 && entries > bound) {
                return cache.definition().name() + " has " + entries + " entries, allowed are " + bound;
            }
            simulation.count("evicted", cache.evictions());
            simulation.count("expired", cache.expirations());
        }
        return "";
    }

    @Override
    public String digest() {
        StringBuilder text = new StringBuilder();
        for (Cache cache : caches.all()) {
            if (cache.isInternal()) {
                // A leader drops replies that a client has got before it is agreed on that.
                continue;
            }
            text.append(cache.id()).append(cache.definition().name());
            for (Shard shard : shards) {
                Replica.Committed there = shard.replica().committed(cache);
                for (int i = 0; i < there.size(); i++) {
                    byte[] record = new byte[there.length(i)];
                    there.copyTo(i, record, 0);
                    text.append(java.util.Arrays.hashCode(record)).append(' ');
                }
            }
        }
        return text.toString();
    }
}
