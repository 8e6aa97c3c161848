package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.pool.Ownership;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Session;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What every command of every door passes before it does anything: here it is counted, and refused if the node does not take such commands
 * now, if its user may not do it, or if the node has not what it is about, in this order. Thread-safe.
 *
 * <p>Where a key lies is looked at again under the lock of its shard, since the pool may change in between; see {@link Ownership}.
 */
public final class Gate {
    private final Operations operator;
    /** Commands of doors without handles that are about all keys. */
    private static final Set<String> OF_ALL_KEYS =
            Set.of("dbsize", "flushall", "flushdb", "keys", "randomkey", "scan", "swapdb", "flush_all");

    private final Ownership ownership;
    private final AccessRules access;
    private final Replicas replicas;
    private final LongAdder entered = new LongAdder();

    Gate(Operations operator, Ownership ownership, AccessRules access, Replicas replicas) {
        this.replicas = replicas;
        this.operator = operator;
        this.ownership = ownership;
        this.access = access;
    }

    /** Commands that have come since the start, refused ones too. */
    long entered() {
        return entered.sum();
    }

    /**
     * Counts a command of a door without handles; why it is refused whatever keys it is about, or null.
     *
     * @param cache the one that the client has chosen
     * @param what the command's name
     */
    public Reply.@Nullable Failure enter(Effect effect, ClientSession session, NamedCache cache, String what) {
        entered.increment();
        Reply.Failure notReady = notReady(effect, what);
        return notReady == null ? access.refusal(effect, session, cache.definition(), what) : notReady;
    }

    /** Why a command of a door without handles would be refused now, which is to be done later, and is counted then; null if it would not. */
    public Reply.@Nullable Failure refusalAhead(Effect effect, ClientSession session, NamedCache cache, String what) {
        Reply.Failure notReady = notReady(effect, what);
        return notReady == null ? access.refusalAhead(effect, session, cache.definition(), what) : notReady;
    }

    /** Why a client may not have an effect on one more cache, besides that which it has chosen; null if it may. */
    Reply.@Nullable Failure forbidden(Effect effect, Session session, CacheDefinition cache) {
        return session instanceof ClientSession client
                ? access.refusal(effect, client, cache, effect.name().toLowerCase(Locale.ROOT))
                : null;
    }

    private Reply.@Nullable Failure notReady(Effect effect, String what) {
        if (replicas.isReplicated() && OF_ALL_KEYS.contains(what)) {
            return new Reply.Failure(
                    Status.BAD_REQUEST,
                    what
                            + " is about all keys, and a member of a replicated pool answers for those of the groups that it"
                            + " leads. Use DistCache's own clients for that");
        }
        return notReady(effect);
    }

    /** A node that loads its data or stops goes on to be operated. */
    private Reply.@Nullable Failure notReady(Effect effect) {
        return switch (effect) {
            case READ, WRITE, CACHE, POOL -> operator.notReady();
            case OPERATOR, CONTROL -> null;
        };
    }

    /**
     * Counts a command; why it is refused, or null.
     *
     * @param placement what of it is compared with the pool
     */
    Reply.@Nullable Failure enter(Command command, Placement placement, ClientSession session) {
        entered.increment();
        Reply.Failure notReady = notReady(command.effect());
        if (notReady != null && !endsWhatIsUnderWay(command, notReady)) {
            return notReady;
        }
        Reply.Failure forbidden = access.refusal(command, session);
        if (forbidden != null) {
            return forbidden;
        }
        return ownership.view() == null ? null : notHere(command, placement, session);
    }

    /** A node that stops still takes what others wait for. */
    private static boolean endsWhatIsUnderWay(Command command, Reply.Failure notReady) {
        return notReady.status() == Status.DRAINING && command.opcode() == Opcode.SETTLE;
    }

    /** Why a session may not use a key here now; null if it may. */
    Reply.@Nullable Failure notHere(Session session, Bytes key) {
        return ownership.refusal(session, key);
    }

    /** Why a command is refused for the client's picture of the pool, or for what it names; null if it is not. */
    private Reply.@Nullable Failure notHere(Command command, Placement placement, Session session) {
        return switch (placement) {
            case UNCHECKED -> null;
            case PICTURE -> ownership.refusal(session);
            case ENTRIES -> notHere((Command.OnEntries) command, session);
        };
    }

    private Reply.@Nullable Failure notHere(Command.OnEntries command, Session session) {
        Reply.Failure refusal = ownership.refusal(session);
        for (int i = 0; i < command.count() && refusal == null; i++) {
            refusal = ownership.refusal(session, command.key(i));
        }
        return refusal;
    }
}
