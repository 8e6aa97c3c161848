package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at settling leases in a replicated pool. A lease is its granter's memory, so it is settled there and nowhere else; if the
 * granter does not lead any more, nothing is applied, and the caller gets NOT_LEADER and may do its work again. A settlement has a number: if
 * it is not known whether its changes were applied, it goes to whoever leads now, who has their reply if they were. If not, the lease has
 * ended, and they never will be. Confined to one attempt at a time.
 */
final class LeaderSettle implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final Command.Settle command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final Part[] parts;
    private List<Sent> sent = List.of();
    private @Nullable DistCacheException failed;
    private @Nullable RouteTable sentBy;
    private @Nullable Retry time;
    private int attempts;

    private record Sent(SocketSession session, List<Part> parts, CompletableFuture<Reply> reply) {}

    /** One settlement. Confined as the attempts are. */
    private static final class Part {
        final @Nullable Grant grant;
        final Command.Settlement settlement;

        @Nullable
        Reply reply;
        /** Why it is not known what became of it; null as long as it was not sent, or is known. */
        @Nullable
        IndeterminateException unknown;

        Part(Command.Settlement settlement, @Nullable Grant grant) {
            this.settlement = settlement;
            this.grant = grant;
        }
    }

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
        this.parts = command.settlements().stream().map(this::numbered).toArray(Part[]::new);
        // Several event loops bring them.
        this.ownEvents = ownEvents == null
                ? null
                : event -> {
                    synchronized (this) {
                        ownEvents.accept(event);
                    }
                };
    }

    /** One without changes needs no number, and if there is none it goes without: changes wait for the lease to be settled. */
    private Part numbered(Command.Settlement given) {
        Command.OnceNumber as = given.changes().isEmpty() ? null : leaders.openSettlement(given.key());
        return new Part(
                new Command.Settlement(given.key(), given.token(), given.changes(), given.share(), as),
                leaders.grant(given.token()));
    }

    @Override
    public CompletableFuture<?> begin(Retry retry) {
        time = retry;
        RouteTable table = leaders.table();
        sentBy = table;
        boolean isFirst = attempts++ == 0;
        Map<SocketSession, List<Part>> byNode = new LinkedHashMap<>();
        for (Part part : parts) {
            if (isFirst || part.unknown != null) {
                Grant grant = isFirst ? part.grant : null;
                SocketSession node = grant == null ? table.leader(part.settlement.key()) : grant.by();
                if (node != null && (isFirst || node.isUsable())) {
                    byNode.computeIfAbsent(node, one -> new ArrayList<>()).add(part);
                } else if (isFirst) {
                    part.reply = notLeader("nobody is known to lead the entry's group");
                }
            }
        }
        sent = new ArrayList<>(byNode.size());
        byNode.forEach((node, some) -> send(node, some, retry));
        return CompletableFuture.allOf(sent.stream().map(Sent::reply).toArray(CompletableFuture<?>[]::new));
    }

    private void send(SocketSession node, List<Part> some, Retry retry) {
        Command part = new Command.Settle(
                command.cache(), some.stream().map(one -> one.settlement).toList());
        CompletableFuture<Reply> reply = retry.oneOfSeveral(node.calls(), part, ownEvents);
        if (reply != null) {
            sent.add(new Sent(node, some, reply));
            router.repeatedChanges.add(attempts == 1 ? 0 : some.size());
        } else if (attempts == 1) {
            fail(node.calls().noPlace(part));
        }
    }

    private static Reply.Failure notLeader(@Nullable String why) {
        return new Reply.Failure(
                Status.NOT_LEADER,
                "the lease ended with the leadership of the node that granted it, or with the connection to it; nothing was applied: "
                        + why);
    }

    // --- what it has come to

    @Override
    public @Nullable Reply result() {
        sent.forEach(this::take);
        boolean isOpen = false;
        for (Part part : parts) {
            isOpen |= part.unknown != null;
        }
        if (isOpen && time != null) {
            time.renewIfOutlived();
        }
        return isOpen ? null : end();
    }

    private void take(Sent some) {
        Reply reply;
        try {
            reply = Arrived.reply(some.reply());
        } catch (DistCacheException e) {
            some.parts().forEach(part -> failed(part, e));
            return;
        }
        for (int i = 0; i < some.parts().size(); i++) {
            take(
                    some,
                    some.parts().get(i),
                    reply instanceof Reply.Many many ? many.replies().get(i) : reply);
        }
    }

    private void failed(Part part, DistCacheException e) {
        IndeterminateException since = part.unknown;
        if (e instanceof IndeterminateException unknown) {
            unknown(part, unknown);
        } else if (e instanceof UnreachableException) {
            // One whose fate is not known goes to the next leader.
            part.reply = since == null ? notLeader(e.getMessage()) : null;
        } else {
            end(part, e);
        }
    }

    private void take(Sent some, Part part, Reply reply) {
        if (Calls.isElsewhere(reply)) {
            failed(part, router.refused(some.session(), command, (Reply.Failure) reply));
        } else if (!(reply instanceof Reply.Failure failure)) {
            end(part, reply);
            if (part.grant != null) {
                part.grant.settled(reply);
            }
        } else if (failure.status() == Status.INDETERMINATE) {
            unknown(part, new IndeterminateException(down.describe(command) + ": " + failure.message()));
        } else if (failure.status() == Status.LEASE_LOST) {
            // If it has not ended of itself, its node did not lead any more.
            boolean isInTime = part.unknown != null || (part.grant != null && part.grant.isInTime());
            end(part, isInTime ? notLeader(failure.message()) : failure);
        } else if (part.unknown == null) {
            part.reply = failure;
        } else {
            end(part, Refusals.exception(down.describe(command), failure));
        }
    }

    private void unknown(Part part, IndeterminateException why) {
        if (part.settlement.changes().isEmpty()) {
            // There was nothing to apply.
            part.reply = notLeader(why.getMessage());
        } else if (part.settlement.as() == null) {
            fail(why);
        } else if (part.unknown == null) {
            part.unknown = why;
        }
    }

    private static void end(Part part, Reply reply) {
        part.unknown = null;
        part.reply = reply;
    }

    private void end(Part part, DistCacheException why) {
        IndeterminateException since = part.unknown;
        part.unknown = null;
        if (since != null) {
            since.addSuppressed(why);
        }
        fail(since == null ? why : since);
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
    public Reply givenUp() {
        for (Part part : parts) {
            if (part.unknown != null) {
                end(part, leaders.unreachable(down.describe(command), part.settlement.key(), null));
            }
        }
        return end();
    }

    private Reply end() {
        for (Part part : parts) {
            Command.OnceNumber as = part.settlement.as();
            if (as != null) {
                leaders.closeSettlement(part.settlement.key(), as);
            }
            // One that was to be kept is settled once more, whatever has become of it.
            if (!(part.settlement.share() instanceof Command.Share.Keep)) {
                Grant unused = leaders.forget(part.settlement.token());
            }
        }
        if (failed != null) {
            throw failed;
        }
        List<Reply> all = new ArrayList<>(parts.length);
        for (Part part : parts) {
            if (part.reply == null) {
                throw new IllegalStateException("a settlement has not been answered");
            }
            all.add(part.reply);
        }
        return new Reply.Many(all);
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return leaders.pauseNanos(sentBy, attempts);
    }
}
