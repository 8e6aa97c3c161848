package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at settling leases in a replicated pool. A lease is its granter's memory, so it is settled there and nowhere else; if the
 * granter does not lead any more, nothing is applied, and the caller gets NOT_LEADER and may do its work again. If it is not known whether
 * the changes were applied, the entry is leased anew from who leads now: as long as it has the version that it had, they were not, and
 * will not be, since a lease that was given anew has ended the one before. Confined to one attempt at a time.
 */
final class LeaderSettle implements Retry.Attempts<Reply> {
    private static final long LOOK_MILLIS = TimeUnit.SECONDS.toMillis(5);

    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final Command.Settle command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final @Nullable Reply[] replies;
    private final @Nullable Grant[] granted;
    private final List<Sent> sent = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();
    /** Those of which it is not known whether they were applied, and why. */
    private final Map<Integer, IndeterminateException> unknown = new LinkedHashMap<>();

    /** Those of them that this call has to find out about, since no other does. */
    private final Set<Integer> looksAt = new LinkedHashSet<>();

    private @Nullable DistCacheException failed;
    private @Nullable RouteTable sentBy;
    private boolean isSent;
    private int attempts;

    private record Sent(SocketSession session, List<Integer> indices, CompletableFuture<Reply> reply) {}

    /** A lease that tells what became of a settlement. */
    private record Look(int index, SocketSession session, CompletableFuture<Reply> reply) {}

    LeaderSettle(
            Router router,
            Leaders leaders,
            DownPolicy down,
            Command.Settle command,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.command = command;
        this.replies = new Reply[command.settlements().size()];
        this.granted = new Grant[replies.length];
        // Several event loops bring them.
        this.ownEvents = ownEvents == null
                ? null
                : event -> {
                    synchronized (this) {
                        ownEvents.accept(event);
                    }
                };
    }

    private Command.Settlement of(int index) {
        return command.settlements().get(index);
    }

    @Override
    public CompletableFuture<?> begin(Retry retry) {
        sentBy = leaders.table();
        attempts++;
        if (!isSent) {
            isSent = true;
            settle(retry);
        } else {
            look(retry);
        }
        List<CompletableFuture<?>> all = new ArrayList<>();
        sent.forEach(part -> all.add(part.reply()));
        looks.forEach(look -> all.add(look.reply()));
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    // --- settling, once

    private void settle(Retry retry) {
        Map<SocketSession, List<Integer>> byGranter = new LinkedHashMap<>();
        for (int i = 0; i < replies.length; i++) {
            Grant grant = leaders.grant(of(i).token());
            granted[i] = grant;
            SocketSession granter = grant == null ? leaders.table().leader(of(i).key()) : grant.by();
            if (granter == null) {
                replies[i] = notLeader("nobody is known to lead the entry's group");
            } else {
                byGranter.computeIfAbsent(granter, one -> new ArrayList<>()).add(i);
            }
        }
        byGranter.forEach((granter, indices) -> {
            Command part = indices.size() == replies.length
                    ? command
                    : new Command.Settle(
                            command.cache(), indices.stream().map(this::of).toList());
            CompletableFuture<Reply> reply = retry.oneOfSeveral(granter.calls(), part, ownEvents);
            if (reply == null) {
                fail(granter.calls().noPlace(part));
            } else {
                sent.add(new Sent(granter, indices, reply));
            }
        });
    }

    private static Reply.Failure notLeader(String why) {
        return new Reply.Failure(
                Status.NOT_LEADER,
                "the lease ended with the leadership of the node that granted it, or with the connection to it; nothing was applied: "
                        + why);
    }

    private void take(Sent part) {
        try {
            Reply reply = Arrived.reply(part.reply());
            for (int i = 0; i < part.indices().size(); i++) {
                take(
                        part,
                        part.indices().get(i),
                        reply instanceof Reply.Many many ? many.replies().get(i) : reply);
            }
        } catch (UnreachableException e) {
            part.indices().forEach(index -> replies[index] = notLeader(String.valueOf(e.getMessage())));
        } catch (IndeterminateException e) {
            part.indices().forEach(index -> unknown(index, e));
        } catch (DistCacheException e) {
            fail(e);
        }
    }

    private void take(Sent part, int index, Reply reply) {
        Grant grant = granted[index];
        if (Calls.isElsewhere(reply)) {
            UnreachableException why = router.refused(part.session(), command, (Reply.Failure) reply);
            replies[index] = notLeader(String.valueOf(why.getMessage()));
        } else if (reply instanceof Reply.Failure failure && failure.status() == Status.INDETERMINATE) {
            unknown(index, new IndeterminateException(down.describe(command) + ": " + failure.message()));
        } else if (reply instanceof Reply.Failure failure
                && failure.status() == Status.LEASE_LOST
                && grant != null
                && grant.isInTime()) {
            // It has not ended of itself.
            replies[index] = notLeader(failure.message());
        } else {
            replies[index] = reply;
            if (grant != null) {
                grant.settled(reply);
            }
        }
    }

    // --- what became of those of which it is not known

    private void unknown(int index, IndeterminateException why) {
        Grant grant = granted[index];
        if (of(index).changes().isEmpty()) {
            // There was nothing to apply.
            replies[index] = notLeader(String.valueOf(why.getMessage()));
        } else if (grant == null || !grant.isTelling()) {
            fail(why);
        } else {
            unknown.put(index, why);
        }
    }

    private void look(Retry retry) {
        for (int index : List.copyOf(unknown.keySet())) {
            Grant grant = granted[index];
            if (grant != null && grant.isToLook()) {
                looksAt.add(index);
            }
        }
        for (int index : looksAt) {
            Bytes key = of(index).key();
            SocketSession leader = leaders.table().leader(key);
            CompletableFuture<Reply> reply = leader == null || !leader.isUsable()
                    ? null
                    : retry.oneOfSeveral(
                            leader.calls(), new Command.Lease(command.cache(), key, false, LOOK_MILLIS), null);
            if (leader != null && reply != null) {
                looks.add(new Look(index, leader, reply));
            }
        }
    }

    private void take(Look look) {
        Grant grant = granted[look.index()];
        try {
            Reply reply = Arrived.reply(look.reply());
            if (Calls.isElsewhere(reply)) {
                UnreachableException unused = router.refused(look.session(), command, (Reply.Failure) reply);
            } else if (grant != null && reply instanceof Reply.Leased leased) {
                Bytes key = of(look.index()).key();
                grant.seen(leased.version());
                look.session()
                        .calls()
                        .callUnheard(new Command.Settle(
                                command.cache(),
                                List.of(new Command.Settlement(key, leased.token(), List.of(), null))));
                looksAt.remove(look.index());
            }
        } catch (UnreachableException e) {
            // The next leader is asked.
        } catch (DistCacheException e) {
            if (grant != null) {
                grant.notSeen();
            }
            looksAt.remove(look.index());
        }
    }

    /** What was found out, by whomever. */
    private void takeWhatIsSeen() {
        for (Map.Entry<Integer, IndeterminateException> entry : List.copyOf(unknown.entrySet())) {
            int index = entry.getKey();
            Grant grant = granted[index];
            if (grant != null && grant.isSeen()) {
                unknown.remove(index);
                if (grant.isUnchanged()) {
                    replies[index] = notLeader("its reply was lost, and the entry is as it was");
                } else {
                    fail(entry.getValue());
                }
            }
        }
    }

    /** The first is thrown; but if anything may have been applied, that. */
    private void fail(DistCacheException e) {
        DistCacheException before = failed;
        if (before == null) {
            failed = e;
        } else if (e instanceof IndeterminateException && !(before instanceof IndeterminateException)) {
            e.addSuppressed(before);
            failed = e;
        } else if (before != e) {
            before.addSuppressed(e);
        }
    }

    // --- the end

    @Override
    public @Nullable Reply result() {
        sent.forEach(this::take);
        sent.clear();
        looks.forEach(this::take);
        looks.clear();
        takeWhatIsSeen();
        return unknown.isEmpty() ? end() : null;
    }

    @Override
    public Reply givenUp() {
        unknown.values().forEach(this::fail);
        return end();
    }

    private Reply end() {
        for (int index : looksAt) {
            Grant grant = granted[index];
            if (grant != null) {
                grant.notSeen();
            }
        }
        for (Command.Settlement settlement : command.settlements()) {
            // One that was to be kept is settled once more, whatever has become of it.
            if (!(settlement.share() instanceof Command.Share.Keep)) {
                Grant unused = leaders.forget(settlement.token());
            }
        }
        if (failed != null) {
            throw failed;
        }
        List<Reply> all = new ArrayList<>(replies.length);
        for (Reply reply : replies) {
            if (reply == null) {
                throw new IllegalStateException("a settlement has not been answered");
            }
            all.add(reply);
        }
        return new Reply.Many(all);
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return leaders.pauseNanos(sentBy, attempts);
    }
}
