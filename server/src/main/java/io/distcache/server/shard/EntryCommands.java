package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.Operations;
import io.distcache.server.shard.operation.Settle;
import io.distcache.server.store.EntryRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What commands do to the entries of one shard: is it allowed, what is decided, what is applied, what is left for those on
 * whose behalf it was changed. Guarded by the shard's lock.
 */
final class EntryCommands {
    private static final Logger LOG = LoggerFactory.getLogger(EntryCommands.class);

    private final int index;
    private final CommitLog log;
    private final Budget budget;
    private final WriteGate gate;
    private final EntryRules rules;
    private final ShardState state;
    private final Commits commits;
    private final Leases leases;
    private final KeptReplies replies;
    private Again again = (cache, command, origin) -> null;

    EntryCommands(
            EntryRules rules,
            CommitLog log,
            Budget budget,
            WriteGate gate,
            ShardState state,
            Commits commits,
            Leases leases,
            KeptReplies replies) {
        this.index = rules.index();
        this.log = log;
        this.budget = budget;
        this.gate = gate;
        this.rules = rules;
        this.state = state;
        this.commits = commits;
        this.leases = leases;
        this.replies = replies;
        leases.turn(this::take);
    }

    /** Executes a command as if it came now, without the lock. */
    interface Again {
        @Nullable
        Reply execute(Cache cache, Command.OnEntry command, Origin origin);
    }

    /** From now on this does what has waited for a lease and has looked at what was taken back then. */
    void again(Again asker) {
        again = asker;
    }

    CacheShard partOf(Cache cache, Outcome outcome) {
        CacheShard part = cache.part(index);
        return part == null ? cache.partOrNew(rules, outcome.millis()) : part;
    }

    /** Does an operation; the reply waits for nothing yet. */
    Reply execute(Cache cache, EntryOperation operation, Outcome outcome) {
        Origin origin = outcome.origin;
        Reply.Failure refusal = origin == null ? null : refusal(origin.session(), operation.key());
        if (refusal == null && !operation.isRead()) {
            refusal = refusal(cache, false);
        }
        return refusal == null ? decide(cache, partOf(cache, outcome), operation, outcome) : refusal;
    }

    @Nullable
    Reply execute(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        Reply reply = applyOrRefuse(cache, part, command, origin, outcome);
        Runnable undone = null;
        if (reply instanceof Reply.Leased leased) {
            LeasedEntry lease = part.leases.get(command.key());
            undone = lease == null ? null : () -> leases.lose(lease, leased.token());
        }
        if (reply instanceof Reply.Value && command instanceof Command.Lease) {
            // A read: a deadline that has moved is not waited for.
            commits.commit(outcome);
            return commits.answerSeen(outcome, reply, origin, undone);
        }
        return commits.commit(outcome, reply, origin, undone);
    }

    /** What has waited is done; its outcome is its own. */
    private @Nullable Reply take(Cache cache, CacheShard part, LeasedEntry.Waiting next, Outcome outcome) {
        if (next.what() instanceof LeasedEntry.Operated operated) {
            return commits.commit(outcome, execute(cache, operated.operation(), outcome), next.origin(), null);
        }
        Command.OnEntry command = ((LeasedEntry.Asked) next.what()).command();
        Reply reply = execute(cache, part, command, next.origin(), outcome);
        if (outcome.seen != null) {
            outcome.again = () -> again.execute(cache, command, next.origin());
        }
        return reply;
    }

    static LeasedEntry.What waiting(Command.OnEntry command) {
        Command.OnEntry change = command instanceof Command.Once once ? once.change() : command;
        EntryOperation operation = Operations.of(change);
        return new LeasedEntry.Asked(command, operation == null ? command.key().length() : operation.bytes());
    }

    private Reply applyOrRefuse(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        WriteGate.Passage passage = gate.passage(origin.session(), command.key(), origin.wholeCache());
        Reply.Failure refusal = passage.refusal();
        if (refusal != null) {
            return refusal;
        }
        List<String> absent = passage.onBehalfOf();
        Reply kept = command instanceof Command.Once once ? replies.answer(once.key(), once.as(), outcome) : null;
        if (kept != null) {
            // Before the log is asked whether it takes changes: that nothing was applied would not be true of this one.
            return kept;
        }
        refusal = refusal(cache, !absent.isEmpty());
        if (refusal != null && !isReadOfPresent(part, command, outcome)) {
            return refusal;
        }
        Reply reply;
        if (command instanceof Command.Once once) {
            reply = decide(cache, part, once.change(), origin, outcome);
            replies.keep(cache, once.key(), once.as(), reply, outcome);
        } else {
            reply = decide(cache, part, command, origin, outcome);
        }
        if (!absent.isEmpty() && !origin.wholeCache() && leavesHint(command, reply)) {
            leaveHints(cache, command.key(), absent, outcome);
        }
        return reply;
    }

    /** Ends what the holder of a lease has come to: its changes are one step. */
    Reply settle(Cache cache, CacheShard part, Command.Settlement settlement, Origin origin, Outcome outcome) {
        // Not refused at the gate: who is no longer let through has lost the lease already.
        List<String> absent =
                gate.passage(origin.session(), settlement.key(), false).onBehalfOf();
        Command.OnceNumber as = settlement.changes().isEmpty() ? null : settlement.as();
        Reply kept = as == null ? null : replies.answer(settlement.key(), as, outcome);
        if (kept != null) {
            return kept;
        }
        Reply.Failure refusal = settlement.changes().isEmpty() ? null : refusal(cache, !absent.isEmpty());
        if (refusal != null) {
            return refusal;
        }
        Reply reply = decide(cache, part, new Settle(settlement), outcome);
        if (as != null) {
            replies.keep(cache, settlement.key(), as, reply, outcome);
        }
        if (!absent.isEmpty()
                && !(reply instanceof Reply.Failure)
                && settlement.changes().stream().anyMatch(c -> !(c instanceof EntryChange.Touch))) {
            leaveHints(cache, settlement.key(), absent, outcome);
        }
        return reply;
    }

    /**
     * What a settlement comes to whose lease is not held: the reply that its changes got, or that they were not made. That they will not be
     * follows from the gate, which opens only to a leader that has applied what is committed: what another leader has under way then never is.
     */
    Reply settled(Command.Settlement settlement, Command.OnceNumber as, Origin origin, Outcome outcome) {
        Reply.Failure refusal = refusal(origin.session(), settlement.key());
        Reply kept = refusal == null ? replies.kept(settlement.key(), as, outcome) : refusal;
        return kept == null ? Leases.lost() : kept;
    }

    /** Why a session may not change a key now, or null. */
    Reply.@Nullable Failure refusal(Session session, Bytes key) {
        return gate.passage(session, key, false).refusal();
    }

    /** Why the log takes no change of the cache now, or null. */
    private Reply.@Nullable Failure refusal(Cache cache, boolean leavesHints) {
        return cache.isLogged() || leavesHints ? log.refusal() : null;
    }

    /**
     * Whether the entry's owner must be told. Of a change without condition also if nothing was there to be changed: there may be
     * something at the owner.
     */
    private static boolean leavesHint(Command.OnEntry command, Reply reply) {
        Command.OnEntry change = command instanceof Command.Once once ? once.change() : command;
        if (change instanceof Command.Expire expire && expire.ttlMillis() < 0) {
            // An access, or nothing.
            return false;
        }
        if (change instanceof Command.Add || change instanceof Command.Append) {
            return !(reply instanceof Reply.Failure);
        }
        if (!(reply instanceof Reply.Changed changed)) {
            return false;
        }
        boolean always = change instanceof Command.Put put && put.condition().kind() == Condition.Kind.ALWAYS
                || change instanceof Command.Remove remove && remove.condition().kind() == Condition.Kind.ALWAYS
                || change instanceof Command.Expire expire && expire.when() == Command.DeadlineIs.ANY;
        return changed.applied() || always;
    }

    private void leaveHints(Cache cache, Bytes key, List<String> absent, Outcome outcome) {
        for (String member : absent) {
            WriteGate.CacheHints hints = gate.hints(member, cache);
            // In this order: once it is no longer handed over, what was is no longer everything.
            boolean handedOver = hints.areHandedOver();
            if (!handedOver && hints.isEverything()) {
                continue;
            }
            Cache keys = hints.keysOrNew();
            int hash = keys.hash(key);
            CacheShard part = keys.partOrNew(rules, outcome.millis());
            boolean isThere = part.entries.get(key, hash) != null;
            if (!isThere && (hints.isFull() || budget.isFullOfHints())) {
                hints.everythingChanged();
            } else if (!isThere || handedOver) {
                // One that is there already gets a new version.
                byte[] record = EntryRecord.create(key, Bytes.EMPTY, rules.nextVersion(), EntryRecord.NO_DEADLINE);
                Mutation.OnEntry hint = new Mutation.Store(keys.id(), Bytes.of(record));
                state.apply(keys, part, hint, hash);
                outcome.recordUnrevoked(hint);
            }
        }
    }

    private Reply decide(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        if (command instanceof Command.Lease lease) {
            return lease(cache, part, lease, origin, outcome);
        }
        EntryOperation operation = Operations.of(command);
        return operation == null
                ? new Reply.Failure(Status.BAD_REQUEST, command.opcode() + " does not change an entry")
                : decide(cache, part, operation, outcome);
    }

    /** Looks, decides, and applies what was decided: all of it, or if the operation is refused or fails nothing but what time did. */
    Reply decide(Cache cache, CacheShard part, EntryOperation operation, Outcome outcome) {
        Bytes key = operation.key();
        int hash = cache.hash(key);
        byte[] record = part.entries.get(key, hash);
        commits.look(cache, part, key, record, outcome);
        EntryView entry = new EntryView(part, key, record, outcome);
        Reply reply;
        try {
            reply = operation.decide(entry);
        } catch (RuntimeException e) {
            // It may be run by whoever ended the lease that it waited for, and must not be that one's failure.
            LOG.error(
                    "an operation on an entry of cache {} failed",
                    cache.definition().name(),
                    e);
            apply(cache, part, entry, true, hash, outcome);
            return new Reply.Failure(
                    Status.INTERNAL,
                    "the request failed inside the node (" + e.getClass().getSimpleName()
                            + "); the node's log says more");
        }
        Reply.Failure refusal = entry.refusal();
        apply(cache, part, entry, refusal != null, hash, outcome);
        return refusal == null ? reply : refusal;
    }

    void apply(Cache cache, CacheShard part, EntryView entry, boolean refused, int hash, Outcome outcome) {
        entry.forEach(refused, (mutation, cause) -> commits.apply(cache, part, mutation, cause, hash, outcome));
    }

    private Reply lease(Cache cache, CacheShard part, Command.Lease command, Origin origin, Outcome outcome) {
        int hash = cache.hash(command.key());
        byte[] record = part.entries.get(command.key(), hash);
        commits.look(cache, part, command.key(), record, outcome);
        EntryView entry = new EntryView(part, command.key(), record, outcome);
        byte[] present = entry.exists() ? record : null;
        Reply hit = null;
        if (command.onMiss() && present != null) {
            hit = Get.read(entry);
        } else if (present != null) {
            part.hit(present);
        }
        apply(cache, part, entry, false, hash, outcome);
        return hit == null ? leases.grant(cache, part, command, present, origin, outcome) : hit;
    }

    /** Whether it is a change to be made once, and was made before: its reply is given again whoever has the entry now. */
    boolean wasMade(Command.OnEntry command, Outcome outcome) {
        return command instanceof Command.Once once && replies.has(once.key(), once.as(), outcome);
    }

    /** Reads go on while an entry is leased, and a lease on miss of a present entry is a read. */
    static boolean isReadOfPresent(CacheShard part, Command.OnEntry command, Outcome outcome) {
        return command instanceof Command.Lease lease && lease.onMiss() && Leases.isThere(part, lease.key(), outcome);
    }
}
