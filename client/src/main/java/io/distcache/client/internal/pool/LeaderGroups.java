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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a command on the entries of a whole cache in a replicated pool: sent for each group to its leader, again for those that
 * did not take it, and summed. A CLEAR has a number in each group, and so is sent again, too, if its reply is lost: without, it would take
 * away what others have put since. Confined to one attempt at a time.
 */
final class LeaderGroups implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final Command.OnCache command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private final List<Reply> replies = new ArrayList<>();
    /** The groups that have no answer yet. */
    private List<Integer> left;

    private final Map<Integer, Command.OnceNumber> numbers = new HashMap<>();
    /** The groups of which it is not known what became of the command, and why. */
    private final Map<Integer, IndeterminateException> unknown = new LinkedHashMap<>();

    private List<Sent> sent = List.of();
    private @Nullable RouteTable sentBy;
    private @Nullable DistCacheException last;
    private int attempts;

    private record Sent(SocketSession session, Command.OfGroup command, CompletableFuture<Reply> reply) {}

    LeaderGroups(
            Router router,
            Leaders leaders,
            DownPolicy down,
            Command.OnCache command,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.command = command;
        this.left =
                IntStream.range(0, leaders.table().routes().groups()).boxed().toList();
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
        sent = new ArrayList<>(left.size());
        for (int group : left) {
            SocketSession leader = table.leaderOf(group);
            Command.OfGroup part = new Command.OfGroup(group, command, number(group));
            CompletableFuture<Reply> reply =
                    leader == null || !leader.isUsable() ? null : retry.oneOfSeveral(leader.calls(), part, ownEvents);
            if (leader == null || reply == null) {
                waiting.add(group);
            } else {
                sent.add(new Sent(leader, part, reply));
            }
        }
        left = waiting;
        return CompletableFuture.allOf(sent.stream().map(Sent::reply).toArray(CompletableFuture<?>[]::new));
    }

    /** The number of a CLEAR in a group; null for other commands, and if too many are open. */
    private Command.@Nullable OnceNumber number(int group) {
        return command instanceof Command.Clear ? numbers.computeIfAbsent(group, leaders::openWhole) : null;
    }

    @Override
    public @Nullable Reply result() {
        DistCacheException failed = null;
        for (Sent part : sent) {
            try {
                Reply reply = Arrived.reply(part.reply());
                if (Calls.isElsewhere(reply)) {
                    again(part, router.refused(part.session(), part.command(), (Reply.Failure) reply));
                } else {
                    replies.add(reply);
                    unknown.remove(part.command().group());
                }
            } catch (UnreachableException e) {
                again(part, e);
            } catch (IndeterminateException e) {
                if (part.command().as() == null) {
                    failed = together(failed, e);
                } else {
                    unknown.putIfAbsent(part.command().group(), e);
                    again(part, e);
                }
            } catch (DistCacheException e) {
                failed = together(failed, e);
            }
        }
        if (failed != null) {
            close();
            throw failed;
        }
        if (!left.isEmpty()) {
            return null;
        }
        close();
        return Parts.sum(replies);
    }

    private static DistCacheException together(@Nullable DistCacheException before, DistCacheException e) {
        if (before == null) {
            return e;
        }
        before.addSuppressed(e);
        return before;
    }

    private void close() {
        numbers.forEach(leaders::closeWhole);
    }

    private void again(Sent part, DistCacheException why) {
        last = why;
        left.add(part.command().group());
    }

    @Override
    public Reply givenUp() {
        close();
        for (IndeterminateException since : unknown.values()) {
            throw since;
        }
        if (down.isMiss() && command instanceof Command.Size) {
            router.missedReads.increment();
            return replies.isEmpty() ? Parts.ofNone(command) : Parts.sum(replies);
        }
        throw leaders.unreachable(
                down.describe(command)
                        + (replies.isEmpty() ? "" : ", which was done for " + replies.size() + " groups already,"),
                left.get(0),
                last);
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return leaders.pauseNanos(sentBy, attempts);
    }
}
