package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** What becomes of calls of one cache whose node is down, under {@link FailurePolicy#MISS} above all. Thread-safe. */
final class DownPolicy {
    private final Router router;
    private final CacheDefinition cache;
    private final FailurePolicy policy;

    DownPolicy(Router router, CacheDefinition cache) {
        this.router = router;
        this.cache = cache;
        this.policy = FailurePolicy.of(cache.attributes());
    }

    FailurePolicy policy() {
        return policy;
    }

    CacheDefinition cache() {
        return cache;
    }

    boolean isMiss() {
        return policy == FailurePolicy.MISS;
    }

    /** Whether calls are not simply sent to the only node, since they come to something without it, too. */
    boolean misses(NodeSession only) {
        return isMiss() && only instanceof SocketSession;
    }

    /**
     * What is done instead of a command whose owner is down: it is answered here, or a removal is sent to another node; if neither, the
     * owner is back.
     */
    record Instead(
            @Nullable Reply answer,
            @Nullable NodeSession at,
            @Nullable Command removal) {}

    /**
     * What is done instead of a command on an entry whose owner is down. A write is dropped, and what it would have overwritten must not
     * come back with the owner: removing the entry where it would be served leaves a hint there; if nobody can keep one, this client does.
     *
     * @throws UnreachableException if the command depends on the entry as it stands
     */
    Instead instead(Command.OnEntry command) {
        Reply miss = miss(command);
        if (miss != null) {
            return new Instead(miss, null, null);
        }
        if (!isPlain(command)) {
            NodeSession only = router.only();
            throw new UnreachableException(
                    command.opcode() + " was not sent: the node that owns the entry is down"
                            + (only instanceof SocketSession session ? ": " + session.trouble() : "")
                            + ". The cache's failure policy lets reads miss and drops writes; what depends on the entry as"
                            + " it stands is not done at all",
                    only instanceof SocketSession session ? session.troubleCause() : null);
        }
        NodeSession next = router.elsewhere(command.key());
        if (next != null) {
            return new Instead(null, next, new Command.Remove(command.cache(), command.key(), Condition.ALWAYS, false));
        }
        return new Instead(router.drop(cache, command.key()) ? dropped() : null, null, null);
    }

    /** The answer to a write that is dropped. */
    Reply dropped() {
        router.droppedWrites.increment();
        return new Reply.Changed(false, false, 0, null);
    }

    static UnreachableException backTooLate() {
        return new UnreachableException("the node that owns the entry came back, but too late to be asked");
    }

    /** What a call comes to that has had no answer in its time, and was surely not applied. */
    Reply givenUp(Command.OnEntry command, DistCacheException failed) {
        Reply miss = isMiss() ? miss(command) : null;
        if (miss != null) {
            return miss;
        }
        if (isMiss() && isPlain(command) && router.drop(cache, command.key())) {
            return dropped();
        }
        throw failed;
    }

    /**
     * What a call in a replicated pool comes to that has found no leader in its time, and was surely not applied: reads may miss. Writes are
     * never dropped there, since what they would have overwritten stays.
     */
    Reply missOr(Command.OnEntry command, DistCacheException failed) {
        Reply miss = isMiss() ? miss(command) : null;
        if (miss != null) {
            return miss;
        }
        throw failed;
    }

    /** A command as messages name it. */
    String describe(Command command) {
        return command.opcode() + " on cache " + cache.name();
    }

    /** The answer to a read that misses; null if it is none. */
    private @Nullable Reply miss(Command.OnEntry command) {
        if (command instanceof Command.Get) {
            router.missedReads.increment();
            return Reply.Miss.INSTANCE;
        }
        if (command instanceof Command.Contains) {
            router.missedReads.increment();
            return new Reply.Count(0);
        }
        return null;
    }

    private static boolean isPlain(Command.OnEntry command) {
        return command instanceof Command.Put put && put.condition().equals(Condition.ALWAYS)
                || command instanceof Command.Remove remove
                        && remove.condition().equals(Condition.ALWAYS);
    }
}
