package io.distcache.client.internal.pool;

import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.OnceNumbers;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A replicated pool as the calls of a client see it: who leads what, the numbers of the changes that each group is to make once, and who has
 * granted which lease. Thread-safe.
 *
 * <p>Changes are numbered for each group and not for each node: the replies that are kept are in the group's log, and so move with its
 * leadership. While one group has no leader, the numbers of the others go on.
 */
final class Leaders {
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final OnceNumbers[] numbers;
    /** Of what does not wait at its node, and must not wait for what does: settlements above all, for which changes wait. */
    private final OnceNumbers[] unwaiting;

    private final Map<Long, Grant> grants = new ConcurrentHashMap<>();
    private volatile RouteTable table;

    Leaders(RouteTable first) {
        this.table = first;
        this.numbers = new OnceNumbers[first.routes().groups()];
        this.unwaiting = new OnceNumbers[numbers.length];
        NodeSession any = first.nodes().get(0);
        for (int group = 0; group < numbers.length; group++) {
            numbers[group] = any.calls().newNumbers();
            unwaiting[group] = any.calls().newNumbers();
        }
    }

    /** Who leads what, as far as this client has heard. */
    RouteTable table() {
        return table;
    }

    /** Takes what was heard of leaders. Calls of groups that are led by another now, and wait elsewhere, go there. */
    void merge(Routes heard) {
        RouteTable before;
        synchronized (numbers) {
            before = table;
            Routes merged = before.routes().merge(heard);
            if (merged.equals(before.routes())) {
                return;
            }
            table = new RouteTable(merged, before.nodes());
        }
        callAway(before);
    }

    /** The nodes are reached by these sessions from now on. */
    void reachedBy(List<SocketSession> sessions) {
        synchronized (numbers) {
            table = new RouteTable(table.routes(), sessions);
        }
    }

    private void callAway(RouteTable before) {
        RouteTable now = table;
        for (SocketSession node : now.nodes()) {
            boolean hasLost = false;
            for (int group = 0; group < numbers.length; group++) {
                hasLost |= before.leaderOf(group) == node && now.leaderOf(group) != node;
            }
            if (hasLost) {
                node.giveUp(
                        command -> hasMoved(command, node),
                        "another node leads the entry's group by now, or will soon");
            }
        }
    }

    /** Whether a command has to go to another node than this, as far as is known now. */
    private boolean hasMoved(Command command, SocketSession node) {
        RouteTable now = table;
        if (command instanceof Command.OnEntry entry) {
            return now.leader(entry.key()) != node;
        }
        if (command instanceof Command.OfGroup part) {
            return now.leaderOf(part.group()) != node;
        }
        if (command instanceof Command.Settle settle) {
            return settle.settlements().stream().anyMatch(one -> now.leader(one.key()) != node);
        }
        if (command instanceof Command.OnEntries entries) {
            for (int i = 0; i < entries.count(); i++) {
                if (now.leader(entries.key(i)) != node) {
                    return true;
                }
            }
        }
        return false;
    }

    // --- changes that are made once

    /** A change with a number; null if too many are open in its group. */
    Command.@Nullable Once open(Command.OnEntry change) {
        return numbers[groupOf(change.key())].open(change);
    }

    /** The change is not sent again. */
    void close(Command.Once once) {
        numbers[groupOf(once.key())].close(once);
    }

    /** A number for a settlement of this key's group; null if too many are open. */
    Command.@Nullable OnceNumber openSettlement(Bytes key) {
        return unwaiting[groupOf(key)].open();
    }

    /** The settlement is not sent again. */
    void closeSettlement(Bytes key, Command.OnceNumber as) {
        unwaiting[groupOf(key)].close(as.number());
    }

    /** A number for a command about all entries of a group; null if too many are open. */
    Command.@Nullable OnceNumber openWhole(int group) {
        return unwaiting[group].open();
    }

    /** The command is not sent again. */
    void closeWhole(int group, Command.OnceNumber as) {
        unwaiting[group].close(as.number());
    }

    private int groupOf(Bytes key) {
        return table.routes().groupOf(key);
    }

    // --- leases

    /** Keeps who granted the lease that a reply brings, if it does. */
    void note(Command command, Reply reply, SocketSession by) {
        if (reply instanceof Reply.Leased leased) {
            long millis = command instanceof Command.Lease one
                    ? one.leaseMillis()
                    : command instanceof Command.LeaseMany many ? many.leaseMillis() : 0;
            grants.put(leased.token(), new Grant(by, TimeUnit.MILLISECONDS.toNanos(millis)));
        }
    }

    /** Who granted a lease; null if that is not known. */
    @Nullable
    Grant grant(long token) {
        return grants.get(token);
    }

    /** The lease is over; who granted it, if that was known. */
    @Nullable
    Grant forget(long token) {
        return grants.remove(token);
    }

    // --- when nobody can be asked

    /**
     * For how long to wait before what was not applied is sent again: not at all if others lead by now.
     *
     * @param sentBy the table that the last attempt went by
     * @param attempts how many there were
     */
    long pauseNanos(@Nullable RouteTable sentBy, int attempts) {
        if (sentBy != null && sentBy != table) {
            return 0;
        }
        long most = Math.min(LONGEST_PAUSE_NANOS, SHORTEST_PAUSE_NANOS << Math.min(attempts, 4));
        return ThreadLocalRandom.current().nextLong(SHORTEST_PAUSE_NANOS, most + 1);
    }

    /** That a call has found no leader in its time, with what is known of the members. */
    UnreachableException unreachable(String what, Bytes key, @Nullable Throwable last) {
        return unreachable(what, groupOf(key), last);
    }

    /** That a call has found no leader of a group in its time, with what is known of the members. */
    UnreachableException unreachable(String what, int group, @Nullable Throwable last) {
        RouteTable now = table;
        Routes routes = now.routes();
        StringBuilder text = new StringBuilder(what)
                .append(" was not done: no leader of group ")
                .append(group)
                .append(" of the replicated pool could be reached in the call's time");
        Routes.Leader leader = routes.leaders().get(group);
        text.append(leader.isKnown() ? "; the last known is " : "; nobody is known to lead it");
        text.append(leader.isKnown() ? routes.nodes().get(leader.node()).name() : "")
                .append(" in term ")
                .append(leader.term());
        return unreachable(text, now, last);
    }

    /** That something about caches was not agreed on in a call's time, with what is known of the members. */
    UnreachableException notAgreed(String what, @Nullable Throwable last) {
        return unreachable(
                new StringBuilder(what)
                        .append(": the members of the replicated pool have not agreed on it in the call's time"),
                table,
                last);
    }

    private static UnreachableException unreachable(StringBuilder text, RouteTable now, @Nullable Throwable last) {
        text.append(". Members: ");
        int reached = 0;
        for (int i = 0; i < now.nodes().size(); i++) {
            SocketSession node = now.nodes().get(i);
            boolean isLinked = node.link() != 0 && node.isUsable();
            reached += isLinked ? 1 : 0;
            text.append(i == 0 ? "" : ", ")
                    .append(node.where())
                    .append(isLinked ? " is connected" : node.isUsable() ? " is suspect" : " is down");
            String trouble = node.trouble();
            text.append(trouble.isEmpty() ? "" : " (" + trouble + ")");
        }
        int majority = now.nodes().size() / 2 + 1;
        if (reached < majority) {
            text.append(". This client reaches ")
                    .append(reached)
                    .append(" of ")
                    .append(now.nodes().size())
                    .append(" members; a majority of ")
                    .append(majority)
                    .append(" has to run and reach each other, so start those that are down");
        }
        if (last != null) {
            text.append(". The last attempt: ").append(last.getMessage());
        }
        return new UnreachableException(text.toString(), last);
    }
}
