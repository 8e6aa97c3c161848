package io.distcache.server.shard;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the holders of one shard's leases end them, with what they have come to. Thread-safe: takes the shard's lock. */
public final class Settlements {
    private final int index;
    private final ReentrantLock lock;
    private final NodeClock clock;
    private final Supplier<CompletionStage<Void>> newest;
    private final Commits commits;
    private final EntryCommands commands;
    private final Leases leases;

    /**
     * Of a shard.
     *
     * @param newest when a look at the shard shows the newest there is
     */
    Settlements(
            ReentrantLock lock,
            EntryRules rules,
            Supplier<CompletionStage<Void>> newest,
            Commits commits,
            EntryCommands commands,
            Leases leases) {
        this.index = rules.index();
        this.lock = lock;
        this.clock = rules.clock();
        this.newest = newest;
        this.commits = commits;
        this.commands = commands;
        this.leases = leases;
    }

    /**
     * Ends a lease and applies its changes, in order; then those who waited go on.
     *
     * @return the reply of the last change, or null if it comes later; LEASE_LOST if the lease is not held
     */
    public @Nullable Reply settle(Cache cache, Command.Settlement settlement, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            LeasedEntry lease = leases.heldFor(settlement, part, origin.session(), outcome);
            if (part == null || lease == null) {
                reply = Leases.lost();
            } else {
                reply = commands.settle(cache, part, settlement, origin, outcome);
                boolean done = !(reply instanceof Reply.Failure);
                boolean kept = done && settlement.share() instanceof Command.Share.Keep;
                reply = commits.commit(
                        outcome, reply, origin, kept ? () -> leases.lose(lease, settlement.token()) : null);
                if (kept) {
                    leases.renew(lease);
                } else {
                    leases.passOn(lease, part, settlement.share(), outcome);
                }
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Tells what became of a settlement whose lease is not held any more: the reply that its changes got, or LEASE_LOST, which says that they
     * were not made and will not be.
     *
     * @return null if the reply comes later
     */
    public @Nullable Reply settled(Command.Settlement settlement, Command.OnceNumber as, Origin origin) {
        CompletionStage<Void> now = newest.get();
        return now == CommitLog.COMMITTED
                ? settledNow(settlement, as, origin)
                : commits.whenNewest(now, origin, () -> settledNow(settlement, as, origin));
    }

    private @Nullable Reply settledNow(Command.Settlement settlement, Command.OnceNumber as, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            reply = commits.answerSeen(outcome, commands.settled(settlement, as, origin, outcome), origin, null);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }
}
