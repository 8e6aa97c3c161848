package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at reading, leasing or touching many entries in a replicated pool: cut up by who leads their groups, sent to all at once, put
 * together again. Whatever was not applied, of a part or a whole one, is cut up anew. Reads that find no leader are sent to any member in
 * between, if the cache allows that ({@link StaleReads}). Confined to one attempt at a time.
 */
final class LeaderParts implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final StaleReads stale;
    private final Command whole;
    private final Parts parts;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final @Nullable Reply[] replies;
    /** What has no answer yet. */
    private List<Integer> left;

    /** What may be asked of a member that does not lead. */
    private final Set<Integer> readable = new HashSet<>();
    /** Of these, what a leader was asked for last, and has not told. */
    private final Set<Integer> refused = new HashSet<>();

    private List<Sent> sent = List.of();
    private @Nullable RouteTable sentBy;
    private @Nullable DistCacheException failed;
    private @Nullable DistCacheException last;
    private int attempts;

    /** A part of a command on its way. */
    private record Sent(
            SocketSession session, Command command, List<Integer> indices, CompletableFuture<Reply> reply) {}

    LeaderParts(
            Router router,
            Leaders leaders,
            DownPolicy down,
            StaleReads stale,
            Command whole,
            Parts parts,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.stale = stale;
        this.whole = whole;
        this.parts = parts;
        this.replies = new Reply[parts.size()];
        this.left = IntStream.range(0, parts.size()).boxed().toList();
        if (stale.insteadOf(whole) != null) {
            readable.addAll(left);
        }
        // Several event loops bring them.
        this.ownEvents = ownEvents == null
                ? null
                : event -> {
                    synchronized (this) {
                        ownEvents.accept(event);
                    }
                };
    }

    @Override
    public CompletableFuture<?> begin(Retry retry) {
        RouteTable table = leaders.table();
        sentBy = table;
        attempts++;
        List<Integer> waiting = new ArrayList<>(0);
        List<Integer> ofAnyMember = new ArrayList<>(0);
        Map<SocketSession, List<Integer>> byLeader = new LinkedHashMap<>();
        for (int index : left) {
            SocketSession leader = table.leader(parts.key(index));
            boolean isLed = leader != null && leader.isUsable();
            if (readable.contains(index) && (!isLed || refused.remove(index))) {
                ofAnyMember.add(index);
            } else if (leader == null || !isLed) {
                waiting.add(index);
            } else {
                byLeader.computeIfAbsent(leader, one -> new ArrayList<>()).add(index);
            }
        }
        left = waiting;
        sent = new ArrayList<>(byLeader.size() + 1);
        byLeader.forEach((leader, indices) -> send(leader, parts.command(indices), indices, retry));
        sendToAny(table, ofAnyMember, retry);
        return CompletableFuture.allOf(sent.stream().map(Sent::reply).toArray(CompletableFuture<?>[]::new));
    }

    private void sendToAny(RouteTable table, List<Integer> indices, Retry retry) {
        if (indices.isEmpty()) {
            return;
        }
        SocketSession member = StaleReads.member(table);
        Command.Stale read = stale.insteadOf(parts.command(indices));
        if (member == null || read == null) {
            left.addAll(indices);
        } else {
            send(member, read, indices, retry);
        }
    }

    private void send(SocketSession leader, Command command, List<Integer> indices, Retry retry) {
        CompletableFuture<Reply> reply = retry.oneOfSeveral(leader.calls(), command, ownEvents);
        if (reply == null) {
            last = leader.calls().noPlace(command);
            left.addAll(indices);
        } else {
            sent.add(new Sent(leader, command, indices, reply));
        }
    }

    @Override
    public @Nullable Reply result() {
        for (Sent part : sent) {
            take(part);
        }
        if (failed != null) {
            giveBack();
            throw failed;
        }
        return left.isEmpty() ? parts.whole(replies, 0, 0) : null;
    }

    private void take(Sent part) {
        try {
            Reply reply = Arrived.reply(part.reply());
            if (Calls.isElsewhere(reply)) {
                again(part, part.indices(), router.refused(part.session(), part.command(), (Reply.Failure) reply));
            } else {
                keep(part, reply);
            }
        } catch (UnreachableException e) {
            again(part, part.indices(), e);
        } catch (IndeterminateException e) {
            if (whole instanceof Command.TouchAll) {
                // Those that were touched have another version by now, and are left alone.
                again(part, part.indices(), e);
            } else {
                fail(e);
            }
        } catch (DistCacheException e) {
            fail(e);
        }
    }

    private void again(Sent part, List<Integer> indices, DistCacheException why) {
        last = why;
        left.addAll(indices);
        if (!(part.command() instanceof Command.Stale)) {
            refused.addAll(indices);
        }
    }

    private void keep(Sent part, Reply reply) {
        if (reply instanceof Reply.Stale old) {
            found(part, (Reply.Many) old.answer());
            return;
        }
        if (!readable.isEmpty()) {
            stale.answeredByLeader();
        }
        for (int i = 0; i < part.indices().size(); i++) {
            int index = part.indices().get(i);
            Reply one = reply instanceof Reply.Many many ? many.replies().get(i) : reply;
            if (Calls.isElsewhere(one)) {
                again(part, List.of(index), router.refused(part.session(), part.command(), (Reply.Failure) one));
                continue;
            }
            replies[index] = one;
            leaders.note(whole, one, part.session());
        }
    }

    /** A member that does not lead has told what it has. */
    private void found(Sent part, Reply.Many many) {
        int answered = 0;
        for (int i = 0; i < part.indices().size(); i++) {
            int index = part.indices().get(i);
            Reply one = many.replies().get(i);
            if (one instanceof Reply.Failure failure) {
                again(part, List.of(index), router.refused(part.session(), part.command(), failure));
            } else if (StaleReads.isAnswerTo(whole, one)) {
                replies[index] = one;
                answered++;
            } else {
                readable.remove(index);
                left.add(index);
            }
        }
        if (answered > 0) {
            stale.answered(answered);
        }
    }

    private void fail(DistCacheException e) {
        if (failed == null) {
            failed = e;
        } else {
            failed.addSuppressed(e);
        }
    }

    @Override
    public Reply givenUp() {
        try {
            for (int index : left) {
                UnreachableException why = leaders.unreachable(down.describe(whole), parts.key(index), last);
                Command.OnEntry single = parts.onEntry(index);
                if (single == null) {
                    throw why;
                }
                replies[index] = down.missOr(single, why);
            }
        } catch (DistCacheException e) {
            giveBack();
            throw e;
        }
        return parts.whole(replies, 0, 0);
    }

    /** Leases of a call that fails are of use to nobody. */
    private void giveBack() {
        for (int i = 0; i < replies.length; i++) {
            if (replies[i] instanceof Reply.Leased leased) {
                Grant grant = leaders.forget(leased.token());
                if (grant != null) {
                    grant.by()
                            .calls()
                            .callUnheard(new Command.Settle(
                                    parts.cache(),
                                    List.of(new Command.Settlement(parts.key(i), leased.token(), List.of(), null))));
                }
            }
        }
    }

    @Override
    public long pauseNanos(long usualNanos) {
        // Whether nobody leads another member knows at once.
        return attempts == 1 && !refused.isEmpty() && !readable.isEmpty() ? 0 : leaders.pauseNanos(sentBy, attempts);
    }
}
