package io.distcache.server.command;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Ownership;
import io.distcache.server.shard.Session;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What every command of every door passes before it does anything: here it is counted, and refused if the node does not take such commands now,
 * or has not what it is about. Thread-safe.
 *
 * <p>Where a key lies is looked at again under the lock of its shard, since the pool may change in between; see {@link Ownership}.
 */
public final class Gate {
    private final Operations operator;
    private final Ownership ownership;
    private final LongAdder entered = new LongAdder();

    Gate(Operations operator, Ownership ownership) {
        this.operator = operator;
        this.ownership = ownership;
    }

    /** Commands that have come since the start, refused ones too. */
    long entered() {
        return entered.sum();
    }

    /** Counts a command; why it is refused whatever it is about, or null. A node that loads its data or stops goes on to be operated. */
    public Reply.@Nullable Failure enter(Effect effect) {
        entered.increment();
        return switch (effect) {
            case READ, WRITE, CACHE, POOL -> operator.notReady();
            case OPERATOR, CONTROL -> null;
        };
    }

    /** Counts a command; why it is refused, or null. */
    Reply.@Nullable Failure enter(Command command, Session session) {
        Reply.Failure notReady = enter(command.effect());
        if (notReady != null && !endsWhatIsUnderWay(command, notReady)) {
            return notReady;
        }
        return ownership.view() == null ? null : notHere(command, session);
    }

    /** A node that stops still takes what others wait for. */
    private static boolean endsWhatIsUnderWay(Command command, Reply.Failure notReady) {
        return notReady.status() == Status.DRAINING && command.opcode() == Opcode.SETTLE;
    }

    /** Why a session may not use a key here now; null if it may. */
    Reply.@Nullable Failure notHere(Session session, Bytes key) {
        return ownership.refusal(session, key);
    }

    /**
     * Why a command is refused for the client's picture of the pool; null if it is not. What is to be looked at of a change of one entry
     * is looked at under its shard's lock; of one of many entries here too, so that nothing is applied if one of them is refused.
     */
    private Reply.@Nullable Failure notHere(Command command, Session session) {
        return switch (command.opcode()) {
            case GET, CONTAINS, TTL_OF, GET_ALL, TOUCH_ALL, SIZE, SCAN, CLEAR, REMOVE_EVERY, DESTROY_CACHE ->
                ownership.refusal(session);
            case PUT_ALL -> {
                List<Command.Pair> pairs = ((Command.PutAll) command).pairs();
                yield notHere(session, pairs.size(), i -> pairs.get(i).key());
            }
            case REMOVE_ALL -> {
                List<Bytes> keys = ((Command.RemoveAll) command).keys();
                yield notHere(session, keys.size(), keys::get);
            }
            case LEASE_MANY -> {
                List<Bytes> keys = ((Command.LeaseMany) command).keys();
                yield notHere(session, keys.size(), keys::get);
            }
            case PUT,
                    REMOVE,
                    LEASE,
                    ADD,
                    APPEND,
                    EXPIRE,
                    ONCE,
                    SETTLE,
                    OPEN_CACHE,
                    CLOSE_CACHE,
                    LIST_CACHES,
                    CACHE_INFO,
                    SUBSCRIBE,
                    ACK,
                    PING,
                    SNAPSHOT,
                    RESUME,
                    BACKUP,
                    READ_BACKUP,
                    POOL,
                    AWAY,
                    HANDED_OVER,
                    STANDING,
                    INVALIDATE -> null;
        };
    }

    private Reply.@Nullable Failure notHere(Session session, int count, IntFunction<Bytes> keys) {
        Reply.Failure refusal = ownership.refusal(session);
        for (int i = 0; i < count && refusal == null; i++) {
            refusal = ownership.refusal(session, keys.apply(i));
        }
        return refusal;
    }
}
