package io.distcache.server.consensus;

import io.distcache.fixtures.Operation;
import io.distcache.fixtures.Operation.Kind;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Shard;
import java.util.List;
import java.util.function.Consumer;

/**
 * One who leases an entry, thinks, and puts one more than it saw, as processors do; in the history it is an increment that knows its result.
 * The lease is settled where it was granted. If it is then not known what became of that, the settlement goes to whoever leads, by another
 * connection, until somebody knows. Confined to the simulation's thread.
 */
final class LeasedIncrement {
    private static final long MILLI = 1000;
    private static final long PATIENCE = 1000 * MILLI;
    private static final long CLIENTS_APART = 1000;

    private final Simulation simulation;
    private final Command.OnceNumber as;
    private final int group;
    private final long until;
    private final Runnable then;

    private SimulatedNode granter;
    private int life;
    private SimulatedSession session = new SimulatedSession();
    private boolean answered;
    private boolean over;
    private Bytes key;
    private Command.Settlement settlement;
    private long value;
    private Operation operation;
    private int made;
    private boolean unknown;

    /**
     * One that has not begun.
     *
     * @param number of the client's settlements
     */
    LeasedIncrement(Simulation simulation, long client, long number, int group, long until, Runnable then) {
        this.simulation = simulation;
        this.as = new Command.OnceNumber(CLIENTS_APART + client, number, number, RealShards.KEEP_MILLIS);
        this.group = group;
        this.until = until;
        this.then = then;
    }

    // --- the lease

    void begin() {
        granter = simulation.someLeader(group);
        if (granter == null) {
            end();
            return;
        }
        life = granter.life();
        at(granter, life, 20 + simulation.below(100), this::lease, this::end);
        simulation.at(simulation.now() + 3 * PATIENCE, () -> {
            if (!answered) {
                simulation.count("leases waited for in vain");
                close();
                end();
            }
        });
    }

    private void lease(RealShards shards) {
        shards.withCache(
                cache -> {
                    key = shards.key(group, Simulation.COUNTER);
                    Command.Lease wish = new Command.Lease(0, key, false, 100 + simulation.below(1900));
                    Consumer<Reply> responder = back(granter, this::leased);
                    Reply reply = shards.shards().of(key).execute(cache, wish, new Origin(session, 0, responder));
                    if (reply != null) {
                        responder.accept(reply);
                    }
                    shards.flushLater();
                },
                this::end);
    }

    private void leased(Reply reply) {
        if (over || answered) {
            return;
        }
        answered = true;
        if (!(reply instanceof Reply.Leased leased)) {
            Reply.Failure failure = (Reply.Failure) reply;
            simulation.count("leases refused, " + failure.status());
            end();
            return;
        }
        simulation.count("leases");
        if (simulation.chance(0.05)) {
            simulation.count("holders lost");
            close();
            end();
            return;
        }
        value = 1 + (leased.value() == null ? 0 : SimulatedEntries.number(leased.value()));
        List<EntryChange> changes = List.of(new EntryChange.Put(SimulatedEntries.number(value), Ttl.DEFINED));
        settlement = new Command.Settlement(key, leased.token(), changes, null, as);
        long thought = simulation.chance(0.2) ? simulation.below(1500 * MILLI) : simulation.below(50 * MILLI);
        simulation.at(simulation.now() + thought, this::settle);
    }

    // --- the settlement

    private void settle() {
        operation = new Operation(Kind.INCREMENT, 0, 1, simulation.now());
        operation.by = "a lease of n" + granter.number();
        simulation.history(group, Simulation.COUNTER).add(operation);
        made = 1;
        // Now and then it is still on its way when the client has lost patience.
        long way =
                simulation.chance(0.1) ? PATIENCE / 2 + simulation.below(3 * PATIENCE / 2) : 20 + simulation.below(100);
        at(
                granter,
                life,
                way,
                shards -> send(shards, granter, session, 1),
                () -> settled(new Reply.Failure(Status.NOT_LEADER, "it has ended"), 1));
        simulation.at(simulation.now() + PATIENCE, () -> lostPatience(1));
    }

    private void lostPatience(int attempt) {
        if (over || attempt != made) {
            return;
        }
        unknown = true;
        again();
    }

    /** Whoever leads is asked what became of it. */
    private void again() {
        if (simulation.now() >= until) {
            simulation.count("settlements never heard of");
            end();
            return;
        }
        made++;
        int attempt = made;
        SimulatedNode leader = simulation.someLeader(group);
        if (leader != null) {
            simulation.count("settlements sent again");
            SimulatedSession another = new SimulatedSession();
            at(
                    leader,
                    leader.life(),
                    20 + simulation.below(100),
                    shards -> send(shards, leader, another, attempt),
                    () -> {});
        }
        long patience = leader == null ? 100 * MILLI : PATIENCE;
        simulation.at(simulation.now() + patience, () -> lostPatience(attempt));
    }

    private void send(RealShards shards, SimulatedNode node, SimulatedSession by, int attempt) {
        shards.withCache(
                cache -> {
                    Consumer<Reply> responder = back(node, reply -> settled(reply, attempt));
                    Reply reply = settle(shards, cache, new Origin(by, 0, responder), attempt);
                    if (reply != null) {
                        responder.accept(reply);
                    }
                    shards.flushLater();
                },
                () -> {});
    }

    /** As the node's dispatcher does. */
    private Reply settle(RealShards shards, Cache cache, Origin origin, int attempt) {
        Shard shard = shards.shards().of(key);
        if (attempt > 1 && simulation.options().guards().contains("ASKING_ENDS_LEASE")) {
            return shard.settlements().settled(settlement, as, origin);
        }
        Reply reply = shard.settlements().settle(cache, settlement, origin);
        return reply instanceof Reply.Failure failure && failure.status() == Status.LEASE_LOST
                ? shard.settlements().settled(settlement, as, origin)
                : reply;
    }

    private void settled(Reply reply, int attempt) {
        if (over) {
            return;
        }
        if (!(reply instanceof Reply.Failure failure)) {
            simulation.count(attempt == 1 ? "settled" : "settled, as another leader knew");
            operation.answered(simulation.now() + 20, value);
            simulation.answered();
            end();
            return;
        }
        if (attempt != made) {
            return;
        }
        simulation.count("settlement " + failure.status());
        switch (failure.status()) {
            case INDETERMINATE -> {
                unknown = true;
                retry(attempt);
            }
            case LEASE_LOST -> notMade();
            case NOT_LEADER, OVERLOADED -> {
                if (unknown) {
                    retry(attempt);
                } else {
                    notMade();
                }
            }
            default -> simulation.violated("a settlement was answered with " + failure);
        }
    }

    private void retry(int attempt) {
        simulation.at(simulation.now() + 5 * MILLI + simulation.below(100 * MILLI), () -> {
            if (!over && attempt == made) {
                again();
            }
        });
    }

    private void notMade() {
        simulation.history(group, Simulation.COUNTER).remove(operation);
        end();
    }

    private void end() {
        if (!over) {
            over = true;
            answered = true;
            if (simulation.chance(0.5)) {
                close();
            }
            then.run();
        }
    }

    // --- the way there and back

    private void close() {
        if (granter != null) {
            at(granter, life, 20 + simulation.below(100), shards -> session.close(), () -> {});
        }
    }

    private void at(SimulatedNode node, int ofLife, long later, Consumer<RealShards> there, Runnable otherwise) {
        simulation.at(simulation.now() + later, () -> {
            if (node.isUp() && node.life() == ofLife) {
                simulation.at(simulation.now(), node, false, () -> there.accept((RealShards) node.state()));
            } else {
                otherwise.run();
            }
        });
    }

    private Consumer<Reply> back(SimulatedNode node, Consumer<Reply> to) {
        return reply -> simulation.at(Math.max(simulation.now(), node.time()), node, false, () -> to.accept(reply));
    }
}
