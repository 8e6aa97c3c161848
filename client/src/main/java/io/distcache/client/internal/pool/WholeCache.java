package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a command on a whole cache: sent to all nodes that serve, again to those that did not take it. If the pool becomes a replicated
 * one before anybody has, they go on as that pool's. Confined to one attempt at a time.
 */
final class WholeCache implements Retry.Attempts<Reply> {
    private final Router router;
    private final DownPolicy down;
    private final Command command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final Function<Leaders, Retry.Attempts<Reply>> replicated;
    private final List<Reply> replies = new ArrayList<>();
    /** The nodes that have not answered; null for all that serve. */
    private @Nullable List<NodeSession> left;

    private List<NodeSession> asked = List.of();
    private List<@Nullable CompletableFuture<Reply>> sent = List.of();
    private @Nullable DistCacheException last;
    /** Those of the replicated pool; null before there is one. */
    private Retry.@Nullable Attempts<Reply> instead;

    /** {@code replicated} makes the attempts at the same command in a replicated pool. */
    WholeCache(
            Router router,
            DownPolicy down,
            Command command,
            @Nullable Consumer<Push.Event> ownEvents,
            Function<Leaders, Retry.Attempts<Reply>> replicated) {
        this.replicated = replicated;
        this.router = router;
        this.down = down;
        this.command = command;
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
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        Leaders leaders = router.leaders();
        if (instead == null && leaders != null && replies.isEmpty()) {
            instead = replicated.apply(leaders);
        }
        if (instead != null) {
            return instead.begin(retry);
        }
        List<NodeSession> usable = targets();
        if (usable == null) {
            return null;
        }
        asked = new ArrayList<>(left == null ? usable : left);
        asked.retainAll(usable);
        sent = new ArrayList<>(asked.size());
        List<CompletableFuture<Reply>> all = new ArrayList<>(asked.size());
        for (NodeSession session : asked) {
            CompletableFuture<Reply> future = retry.oneOfSeveral(session.calls(), command, ownEvents);
            sent.add(future);
            if (future != null) {
                all.add(future);
            }
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public @Nullable Reply result() {
        if (instead != null) {
            return instead.result();
        }
        List<NodeSession> again = new ArrayList<>(0);
        DistCacheException failed = null;
        for (int i = 0; i < asked.size(); i++) {
            NodeSession session = asked.get(i);
            CompletableFuture<Reply> future = sent.get(i);
            if (future == null) {
                last = session.calls().noPlace(command);
                again.add(session);
                continue;
            }
            try {
                Reply reply = Arrived.reply(future);
                if (Calls.isElsewhere(reply)) {
                    last = router.refused(session, command, (Reply.Failure) reply);
                    again.add(session);
                } else if (isPageOfMember(session, reply)) {
                    // Who leads what is known in a moment.
                    again.add(session);
                } else {
                    replies.add(reply);
                }
            } catch (UnreachableException e) {
                last = e;
                again.add(session);
            } catch (DistCacheException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
        if (!again.isEmpty()) {
            left = again;
            return null;
        }
        Reply whole = withoutThoseAway();
        if (whole == null) {
            // A node is back meanwhile.
            last = DownPolicy.backTooLate();
            left = null;
        }
        return whole;
    }

    /**
     * Whether a page is none of the node on its own that it was asked of: its shards are now those of a member of a replicated pool, and so
     * a cursor from before names another place.
     */
    static boolean isPageOfMember(NodeSession asked, Reply reply) {
        return reply instanceof Reply.Page && asked instanceof SocketSession socket && socket.isReplicated();
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return instead == null ? usualNanos : instead.pauseNanos(usualNanos);
    }

    @Override
    public Reply givenUp() {
        if (instead != null) {
            return instead.givenUp();
        }
        if (down.isMiss() && left != null && left.stream().allMatch(WholeCache::isLost)) {
            Reply whole = withoutThoseAway();
            if (whole != null) {
                return whole;
            }
        }
        throw last == null ? Router.unsettled() : last;
    }

    private static boolean isLost(NodeSession session) {
        return session instanceof SocketSession socket && socket.link() == 0;
    }

    /**
     * The replies of those that could be reached, put together. If that was nobody, what the command would have changed is remembered
     * here under {@link FailurePolicy#MISS}; null if a node is back meanwhile.
     */
    private @Nullable Reply withoutThoseAway() {
        if (!replies.isEmpty()) {
            return Parts.sum(replies);
        }
        if (changesAll()) {
            for (SocketSession session : router.view().sessions()) {
                if (!router.dropAll(session, down.cache())) {
                    return null;
                }
            }
            router.droppedWrites.increment();
        } else {
            router.missedReads.increment();
        }
        return Parts.ofNone(command);
    }

    private boolean changesAll() {
        return command instanceof Command.Clear || command instanceof Command.RemoveEvery;
    }

    /** The nodes that serve; before a change null until each of them knows who does not, so that it leaves a hint for those. */
    private @Nullable List<NodeSession> targets() {
        NodeSession only = router.only();
        if (only != null) {
            return down.misses(only) && !only.isUsable() ? List.of() : List.of(only);
        }
        List<NodeSession> usable = new ArrayList<>();
        UnreachableException why = null;
        boolean told = true;
        for (SocketSession session : router.view().sessions()) {
            if (session.isUsable()) {
                usable.add(session);
            } else {
                why = Router.down(session, "; the cache's failure policy is " + down.policy());
                told &= !changesAll() || router.isDeclaredAway(session);
            }
        }
        if (why != null && (down.policy() == FailurePolicy.THROW || (usable.isEmpty() && !down.isMiss()))) {
            throw why;
        }
        if (!told) {
            last = new UnreachableException("the pool did not settle in time", why);
            return null;
        }
        return usable;
    }
}
