package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.Touch;
import io.distcache.server.store.EntryRecord;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A part of the key space: one writer at a time, under its lock. Here a command becomes mutations and a reply, in this order:
 *
 * <pre>
 *  gate     is the cache there, is the entry free, is it this node's, does the log take changes
 *  decide   an {@link EntryOperation} looks at the entry and says what is to become of it; or a lease is given
 *  apply    {@link ShardState}: table, timers, counters, watches
 *  append   the log gets what was applied
 *  answer   {@link Commits}: events and the reply, when the log has committed it
 * </pre>
 *
 * <p>Thread-safe: any thread executes here and then, under the lock. Replies are handed out after the lock is released; events
 * leave under it, so that those of one entry keep their order.
 */
public final class Shard {
    private final int index;
    private final ReentrantLock lock = new ReentrantLock();
    private final NodeClock clock;
    private final CommitLog log;
    private final boolean isReplicated;
    private final EntryRules rules;
    private final Commits commits;
    private final EntryCommands commands;
    private final Leases leases;
    private final Contents contents;
    private final Upkeep upkeep;
    private final Replica replica;
    private final Settlements settlements;
    private final KeptReplies replies;

    /**
     * A shard without entries.
     *
     * @param firstVersion versions given here are higher, and differ from those of every other shard
     * @param tokens the node's source of lease tokens
     * @param gate who may change what
     * @param once where the replies to changes made once are kept
     */
    public Shard(
            int index,
            int shards,
            long firstVersion,
            InstantSource clock,
            CommitLog log,
            LeaseConfig leaseConfig,
            AcknowledgementBook acks,
            Budget budget,
            AtomicLong tokens,
            WriteGate gate,
            OnceCache once) {
        this.index = index;
        this.clock = NodeClock.of(clock);
        this.log = log;
        this.isReplicated = log.isReplicated();
        this.rules = new EntryRules(index, shards, firstVersion, budget, this.clock);
        ShardState state = new ShardState(shards, budget);
        this.commits = new Commits(index, lock, log, state, acks);
        this.replies = new KeptReplies(once, rules, commits, state);
        this.leases = new Leases(lock, rules, leaseConfig, tokens);
        this.commands = new EntryCommands(rules, log, budget, gate, state, commits, leases, replies);
        this.commands.again(this::execute);
        this.contents = new Contents(lock, rules, state, commits);
        this.upkeep = new Upkeep(lock, rules, log, budget, state, commits, leases, replies);
        this.replica = new Replica(lock, rules, state, commits, leases);
        this.settlements = new Settlements(lock, rules, this::newest, commits, commands, leases);
    }

    /** What it holds, looked at and brought back as a whole. */
    public Contents contents() {
        return contents;
    }

    /** What nobody asks for. */
    public Upkeep upkeep() {
        return upkeep;
    }

    /** The time that deadlines are made from. */
    public NodeClock clock() {
        return clock;
    }

    /**
     * Reads an entry: a {@link Reply.Value} or a {@link Reply.Miss}. Null if the reply has to wait: for the commit of a change, or until it
     * is known that there is no newer one. Then it is to be asked for by {@link #read}.
     */
    public @Nullable Reply get(Cache cache, Bytes key) {
        if (isReplicated && !log.isNewest(index)) {
            return null;
        }
        int hash = cache.hash(key);
        Outcome outcome;
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return Reply.Miss.INSTANCE;
            }
            byte[] record = part.entries.get(key, hash);
            if (!commits.isCommitted(cache, part, key, record)) {
                return null;
            }
            if (record == null) {
                return Reply.Miss.INSTANCE;
            }
            if (!EntryRecord.hasDeadline(record) && cache.definition().expiry().accessMillis() == Ttl.UNCHANGED) {
                part.entries.recordHit(record);
                return new Reply.Value(EntryRecord.version(record), EntryRecord.value(record));
            }
            outcome = new Outcome(clock);
            if (isReplicated && EntryRecord.isExpired(record, outcome.millis())) {
                return null;
            }
            EntryView entry = new EntryView(part, key, record, outcome);
            reply = Get.read(entry);
            commands.apply(cache, part, entry, false, hash, outcome);
            // A deadline that has moved is not waited for.
            commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Looks at an entry, also while it is leased.
     *
     * @param look keeps nothing of what it has seen: if that is taken back, it looks again
     * @return the reply; null if it comes later, through the origin's responder, as what it shows is not committed
     */
    public @Nullable Reply read(Cache cache, EntryOperation look, Origin origin) {
        CompletionStage<Void> newest = newest();
        return newest == CommitLog.COMMITTED
                ? readNow(cache, look, origin)
                : commits.whenNewest(newest, origin, () -> readNow(cache, look, origin));
    }

    private @Nullable Reply readNow(Cache cache, EntryOperation look, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            reply = commands.decide(cache, commands.partOf(cache, outcome), look, outcome);
            commits.commitLook(outcome);
            reply = commits.answerSeen(outcome, reply, origin, null);
            if (outcome.seen != null) {
                outcome.again = () -> readNow(cache, look, origin);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Executes a command on one entry. If the entry is leased the command waits its turn.
     *
     * @return the reply, or null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, Command.OnEntry command, Origin origin) {
        CompletionStage<Void> newest = newest();
        return newest == CommitLog.COMMITTED
                ? executeNow(cache, command, origin)
                : commits.whenNewest(newest, origin, () -> executeNow(cache, command, origin));
    }

    private @Nullable Reply executeNow(Cache cache, Command.OnEntry command, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            CacheShard part = commands.partOf(cache, outcome);
            LeasedEntry lease = Leases.of(part, command.key());
            if (lease != null
                    && !EntryCommands.isReadOfPresent(part, command, outcome)
                    && !commands.wasMade(command, outcome)) {
                Reply.Failure refusal = commands.refusal(origin.session(), command.key());
                return refusal == null ? leases.enqueue(lease, EntryCommands.waiting(command), origin) : refusal;
            }
            reply = commands.execute(cache, part, command, origin, outcome);
            if (outcome.seen != null) {
                outcome.again = () -> executeNow(cache, command, origin);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Does an operation on one entry. If the entry is leased, and the operation does more than look, it waits its turn. It decides
     * once: if what it has looked at is taken back, its client is told to ask again.
     *
     * @return the reply, or null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, EntryOperation operation, Origin origin) {
        CompletionStage<Void> newest = newest();
        return newest == CommitLog.COMMITTED
                ? executeNow(cache, operation, origin)
                : commits.whenNewest(newest, origin, () -> executeNow(cache, operation, origin));
    }

    private @Nullable Reply executeNow(Cache cache, EntryOperation operation, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            LeasedEntry lease = Leases.of(cache.part(index), operation.key());
            if (lease != null && !operation.isRead()) {
                return leases.enqueue(lease, new LeasedEntry.Operated(operation), origin);
            }
            reply = commits.commit(outcome, commands.execute(cache, operation, outcome), origin, null);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Takes a lease at once or not at all: LEASE_BUSY if somebody else has the entry.
     *
     * @return the reply; null if it comes later, through the origin's responder, as what it shows is not committed
     */
    public @Nullable Reply tryLease(Cache cache, Bytes key, boolean onMiss, long leaseMillis, Origin origin) {
        CompletionStage<Void> newest = newest();
        return newest == CommitLog.COMMITTED
                ? tryLeaseNow(cache, key, onMiss, leaseMillis, origin)
                : commits.whenNewest(newest, origin, () -> tryLeaseNow(cache, key, onMiss, leaseMillis, origin));
    }

    private @Nullable Reply tryLeaseNow(Cache cache, Bytes key, boolean onMiss, long leaseMillis, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            CacheShard part = commands.partOf(cache, outcome);
            Command.Lease command = new Command.Lease(0, key, onMiss, leaseMillis);
            if (part.leases.containsKey(key) && !EntryCommands.isReadOfPresent(part, command, outcome)) {
                return new Reply.Failure(Status.LEASE_BUSY, "the entry is leased to another caller");
            }
            reply = commands.execute(cache, part, command, origin, outcome);
            if (outcome.seen != null) {
                outcome.again = () -> tryLeaseNow(cache, key, onMiss, leaseMillis, origin);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /** Ends of leases. */
    public Settlements settlements() {
        return settlements;
    }

    /**
     * New deadline for an entry that still has this version.
     *
     * @return completes when the change is committed
     */
    public CompletionStage<Void> touch(Cache cache, Command.Touch touch) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (!log.leads(index)) {
                return notLeading();
            }
            if (part == null) {
                return CommitLog.COMMITTED;
            }
            commands.decide(cache, part, new Touch(touch), outcome);
            committed = commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /**
     * Drops this shard's entries of a cache; leases on them are lost, those who waited go on.
     *
     * @param as if it is to be made once: does nothing if it was made under this number before. Else null
     * @return completes when the change is committed; fails with {@link RefusedException} if it is not this node's to make
     */
    public CompletionStage<Void> clear(Cache cache, Command.@Nullable OnceNumber as) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            if (!log.leads(index)) {
                return notLeading();
            }
            Reply before = as == null ? null : replies.answer(replies.keyOfShard(), as, outcome);
            if (before instanceof Reply.Failure refusal) {
                return CompletableFuture.failedFuture(new RefusedException(refusal));
            }
            CompletionStage<Void> seen = outcome.seen;
            if (before != null) {
                return seen == null ? CommitLog.COMMITTED : seen;
            }
            // What is cleared once must leave that there, also if there is nothing yet: others may put something before
            // it comes again.
            CacheShard part = as == null ? cache.part(index) : commands.partOf(cache, outcome);
            if (part == null) {
                return CommitLog.COMMITTED;
            }
            commits.clear(cache, part, new Mutation.Clear(cache.id(), rules.nextVersion()), outcome);
            if (as != null) {
                replies.keep(cache, replies.keyOfShard(), as, new Reply.Count(0), outcome);
            }
            committed = commits.commit(outcome);
            leases.end(part, key -> true, outcome);
            if (cache.isDestroyed()) {
                cache.dropPart(index);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /** What a client is told whose change may be in the log or not. */
    public static Reply.Failure notLogged(Throwable failure) {
        return Commits.notLogged(failure);
    }

    /** What a client is told who would have seen what is not there. */
    public static Reply.Failure notThere(Throwable failure) {
        return Commits.notThere(failure);
    }

    /** The log has failed, and is about to begin anew: what it has not committed is taken back. */
    public void revokeUncommitted(Throwable failure) {
        commits.revokeAll(failure);
    }

    private static CompletionStage<Void> notLeading() {
        return CompletableFuture.failedFuture(new RefusedException(new Reply.Failure(
                Status.NOT_LEADER,
                "this node does not lead all the groups that the command is about; nothing was applied here")));
    }

    private CompletionStage<Void> newest() {
        return isReplicated ? log.newest(index) : CommitLog.COMMITTED;
    }

    /** Where it stands among the nodes that have the same shard. */
    public Replica replica() {
        return replica;
    }

    // --- several shards at once: see Transaction ---

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** Under the lock: has {@code retry} run, without it, once the entry is no longer leased, unless it is free. */
    LeaseWait waitForLease(Cache cache, Bytes key, Origin origin, Runnable retry, long bytes) {
        LeasedEntry lease = Leases.of(cache.part(index), key);
        if (lease == null) {
            return LeaseWait.FREE;
        }
        return leases.waits(lease, new LeasedEntry.Retry(retry, bytes), origin) ? LeaseWait.WAITS : LeaseWait.REFUSED;
    }

    /** What became of a wish to wait for an entry. */
    enum LeaseWait {
        /** Nobody has leased it. */
        FREE,
        /** The wish is in the queue. */
        WAITS,
        /** So much waits already that nothing more may. */
        REFUSED
    }

    /** Does an operation; the reply waits for nothing yet. Under the lock. */
    Reply executeLocked(Cache cache, EntryOperation operation, Outcome outcome) {
        return commands.execute(cache, operation, outcome);
    }

    /** A reply waits for what somebody else has changed. */
    void awaited(CompletionStage<Void> seen) {
        log.awaited(seen);
    }

    /** When what a step did is committed; under the lock. */
    CompletionStage<Void> commit(Outcome outcome) {
        return commits.commit(outcome);
    }
}
