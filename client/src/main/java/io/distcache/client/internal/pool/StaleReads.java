package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one cache that members of a replicated pool answer which do not lead, if the cache allows it. Whether somebody leads is the
 * member's to know: it is asked as soon as this client finds no leader, and refuses while there is one. Thread-safe.
 */
final class StaleReads {
    private final StaleAnswers answers;
    private final CacheDefinition cache;

    StaleReads(StaleAnswers answers, CacheDefinition cache) {
        this.answers = answers;
        this.cache = cache;
    }

    /**
     * What can be asked of a member that does not lead in place of a command; null if nothing can. A lease that is wanted on a miss only is a
     * read if there is none: then the entry is told, and no lease is.
     */
    Command.@Nullable Stale insteadOf(Command command) {
        if (!cache.allowsStaleReads()) {
            return null;
        }
        if (command instanceof Command.Lease lease && lease.onMiss()) {
            return new Command.Stale(new Command.Get(lease.cache(), lease.key()));
        }
        if (command instanceof Command.LeaseMany leases && leases.onMiss()) {
            return new Command.Stale(new Command.GetAll(leases.cache(), leases.keys()));
        }
        return command instanceof Command.OnCache read && Command.Stale.isFor(read) ? new Command.Stale(read) : null;
    }

    /** Any member that can be asked; null if there is none. */
    static @Nullable SocketSession member(RouteTable table) {
        List<SocketSession> nodes = table.nodes();
        int first = ThreadLocalRandom.current().nextInt(nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            SocketSession node = nodes.get((first + i) % nodes.size());
            if (node.link() != 0 && node.isUsable()) {
                return node;
            }
        }
        return null;
    }

    /**
     * Whether what a member has found answers a command on one entry. A miss does not answer who would get a lease on it: it would look as if
     * the one who has to make the value had found nothing.
     */
    static boolean isAnswerTo(Command command, Reply found) {
        boolean isLease = command instanceof Command.Lease || command instanceof Command.LeaseMany;
        return found instanceof Reply.Value
                || (!isLease && (found instanceof Reply.Miss || found instanceof Reply.Count));
    }

    /** So many entries were told by a member that does not lead. */
    void answered(int entries) {
        answers.answered(cache.name(), entries);
    }

    /** A leader has answered a read. */
    void answeredByLeader() {
        if (cache.allowsStaleReads()) {
            answers.answeredByLeader();
        }
    }
}
