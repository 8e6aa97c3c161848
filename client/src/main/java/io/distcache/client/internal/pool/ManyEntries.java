package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a command on many entries: cut up by who serves their keys, sent to all at once, put together again. Parts that were
 * surely not applied are sent again. Confined to one attempt at a time.
 */
final class ManyEntries implements Retry.Attempts<Reply> {
    private final Router router;
    private final DownPolicy down;
    private final Granters granters;
    private final Parts parts;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final @Nullable Reply[] replies;
    /** What has no answer yet. */
    private List<Integer> left;

    private List<Sent> sent = List.of();
    private int applied;
    private int existed;
    private @Nullable DistCacheException failed;
    private @Nullable DistCacheException last;

    /**
     * A part of a command on its way.
     *
     * @param isDropping whether it is a removal, sent since the command itself is dropped
     */
    private record Sent(
            NodeSession session,
            Command command,
            List<Integer> indices,
            boolean isDropping,
            CompletableFuture<Reply> reply) {}

    ManyEntries(
            Router router, DownPolicy down, Granters granters, Parts parts, @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.down = down;
        this.granters = granters;
        this.parts = parts;
        this.replies = new Reply[parts.size()];
        this.left = IntStream.range(0, parts.size()).boxed().toList();
        // Several event loops bring them.
        this.ownEvents = ownEvents == null
                ? null
                : event -> {
                    synchronized (this) {
                        ownEvents.accept(event);
                    }
                };
    }

    // --- sending

    @Override
    public CompletableFuture<?> begin(Retry retry) {
        List<Integer> all = left;
        left = new ArrayList<>(0);
        sent = new ArrayList<>();
        try {
            Map<NodeSession, List<Integer>> bySession = new LinkedHashMap<>();
            for (int index : all) {
                NodeSession session =
                        parts.isSettle() ? granter(index) : router.serving(parts.key(index), down.policy());
                if (session == null) {
                    instead(index, retry);
                } else {
                    bySession.computeIfAbsent(session, s -> new ArrayList<>()).add(index);
                }
            }
            bySession.forEach((session, of) -> send(session, parts.command(of), of, false, retry));
        } catch (UnreachableException e) {
            giveBack();
            throw e;
        }
        return CompletableFuture.allOf(sent.stream().map(Sent::reply).toArray(CompletableFuture<?>[]::new));
    }

    private void send(NodeSession session, Command command, List<Integer> of, boolean isDropping, Retry retry) {
        CompletableFuture<Reply> reply = retry.oneOfSeveral(session.calls(), command, isDropping ? null : ownEvents);
        if (reply == null) {
            last = session.calls().noPlace(command);
            left.addAll(of);
        } else {
            sent.add(new Sent(session, command, of, isDropping, reply));
        }
    }

    private @Nullable NodeSession granter(int index) {
        NodeSession granter = granters.of(parts.token(index));
        NodeSession only = granter == null ? router.only() : granter;
        return only == null ? router.serving(parts.key(index), down.policy()) : only;
    }

    /** The owner of the entry is down. */
    private void instead(int index, Retry retry) {
        if (parts.isSettle()) {
            replies[index] = new Reply.Failure(
                    Status.LEASE_LOST, "the node that granted the lease is away; nothing was applied");
            return;
        }
        Command.OnEntry single = parts.onEntry(index);
        if (single == null) {
            replies[index] = Reply.Ok.INSTANCE;
            return;
        }
        DownPolicy.Instead instead = down.instead(single);
        NodeSession at = instead.at();
        Command removal = instead.removal();
        if (instead.answer() != null) {
            replies[index] = instead.answer();
        } else if (at != null && removal != null) {
            send(at, removal, List.of(index), true, retry);
        } else {
            last = DownPolicy.backTooLate();
            left.add(index);
        }
    }

    // --- what has arrived

    @Override
    public @Nullable Reply result() {
        for (Sent part : sent) {
            take(part);
        }
        if (failed != null || left.isEmpty()) {
            return whole();
        }
        return null;
    }

    private void take(Sent part) {
        try {
            Reply reply = Arrived.reply(part.reply());
            if (Calls.isElsewhere(reply)) {
                again(part, router.refused(part.session(), part.command(), (Reply.Failure) reply));
            } else if (part.isDropping()) {
                replies[part.indices().get(0)] = down.dropped();
            } else {
                keep(part, reply);
            }
        } catch (UnreachableException e) {
            again(part, e);
        } catch (IndeterminateException e) {
            if (part.isDropping()) {
                // A removal does no harm twice.
                again(part, e);
            } else {
                fail(e);
            }
        } catch (DistCacheException e) {
            fail(e);
        }
    }

    private void again(Sent part, DistCacheException why) {
        if (parts.isSettle()) {
            leaseLost(part, why);
        } else {
            last = why;
            left.addAll(part.indices());
        }
    }

    private void keep(Sent part, Reply reply) {
        boolean isPool = router.only() == null;
        if (reply instanceof Reply.Affected affected) {
            applied += affected.applied();
            existed += affected.existed();
        } else {
            for (int i = 0; i < part.indices().size(); i++) {
                Reply one = reply instanceof Reply.Many many ? many.replies().get(i) : reply;
                replies[part.indices().get(i)] = one;
                if (isPool) {
                    granters.note(one, part.session());
                }
            }
        }
        if (parts.isSettle()) {
            for (int index : part.indices()) {
                if (!parts.isKept(index)) {
                    NodeSession unused = granters.forget(parts.token(index));
                }
            }
        }
    }

    /** The node that granted them cannot be reached, so they have ended with its connection, and nothing was applied. */
    private void leaseLost(Sent part, DistCacheException why) {
        for (int index : part.indices()) {
            NodeSession unused = granters.forget(parts.token(index));
            replies[index] = new Reply.Failure(
                    Status.LEASE_LOST,
                    "the node that granted the lease is away; nothing was applied: " + why.getMessage());
        }
    }

    /** The first is thrown; but if anything may have been applied, that. */
    private void fail(DistCacheException e) {
        if (failed == null) {
            failed = e;
        } else if (e instanceof IndeterminateException && !(failed instanceof IndeterminateException)) {
            e.addSuppressed(failed);
            failed = e;
        } else {
            failed.addSuppressed(e);
        }
    }

    @Override
    public Reply givenUp() {
        DistCacheException why = last == null ? Router.unsettled() : last;
        try {
            for (int index : left) {
                Command.OnEntry single = parts.onEntry(index);
                if (single == null && !down.isMiss()) {
                    throw why;
                }
                replies[index] = single == null ? Reply.Ok.INSTANCE : down.givenUp(single, why);
            }
        } catch (DistCacheException e) {
            giveBack();
            throw e;
        }
        return whole();
    }

    private Reply whole() {
        DistCacheException e = failed;
        if (e != null) {
            giveBack();
            throw e;
        }
        return parts.whole(replies, applied, existed);
    }

    /** Leases of a call that fails are of use to nobody. */
    private void giveBack() {
        if (parts.isSettle()) {
            return;
        }
        for (int i = 0; i < replies.length; i++) {
            if (replies[i] instanceof Reply.Leased leased) {
                NodeSession session = granters.forget(leased.token());
                if (session != null) {
                    session.calls()
                            .callUnheard(new Command.Settle(
                                    parts.cache(),
                                    List.of(new Command.Settlement(parts.key(i), leased.token(), List.of(), null))));
                }
            }
        }
    }
}
