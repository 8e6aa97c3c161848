package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.IndeterminateException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.OutcomeThreads;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one cache on a pool of several nodes: cut up by who serves their keys, sent to all at once, put together again. What has
 * surely not been applied (a node is stopping, or sees the pool otherwise, or could not be reached) is tried again while the call has time;
 * what may have been is not, since a repeat could be seen. Thread-safe.
 */
final class PooledCalls {
    private static final int MOST_TRIED_AGAIN = 10_000;

    /** Goes on with asynchronous calls that must be tried again. Runs no code of the application; idle threads end. */
    private static final Executor AGAIN = again();

    /** Calls that are tried again, or whose outcome the application is being told. */
    private static final AtomicInteger TRIED_AGAIN = new AtomicInteger();

    private final Router router;
    private final CacheDefinition cache;
    private final FailurePolicy policy;
    /** Who granted a lease also settles it, wherever its key belongs by then. */
    private final Map<Long, NodeSession> leases = new ConcurrentHashMap<>();

    PooledCalls(Router router, CacheDefinition cache) {
        this.router = router;
        this.cache = cache;
        this.policy = FailurePolicy.of(cache.attributes());
    }

    /** Whether calls are not simply sent to the only node, since they come to something without it, too. */
    boolean misses(NodeSession only) {
        return policy == FailurePolicy.MISS && only instanceof SocketSession;
    }

    private static Executor again() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                8,
                8,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_TRIED_AGAIN),
                task -> OwnThread.make(task, "distcache-again"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    FailurePolicy policy() {
        return policy;
    }

    /** Sends a command and waits for the whole reply. */
    Reply call(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        Patience patience = new Patience(router.any());
        if (command instanceof Command.OnEntry entry) {
            return onEntry(entry, ownEvents, patience);
        }
        // Its parts are sent without waiting, and then waited for.
        router.any().refuseOnEventLoop();
        Parts parts = Parts.of(command);
        if (parts == null) {
            return everywhere(command, ownEvents, patience);
        }
        Progress progress = new Progress(parts, ownEvents);
        return finish(progress, progress.send(all(parts.size()), patience), patience);
    }

    /** Sends a command; in order with what this thread sends before and after, unless it must be tried again. */
    CompletableFuture<Reply> send(Command command) {
        NodeSession only = router.only();
        if (only != null && !misses(only)) {
            return only.askAsync(command, only.callNanos(), null)
                    .thenCompose(reply ->
                            NodeSession.isElsewhere(reply) ? later(command) : CompletableFuture.completedFuture(reply));
        }
        Patience patience = new Patience(router.any());
        Parts parts = command instanceof Command.OnEntry entry ? Parts.single(entry) : Parts.of(command);
        if (parts == null) {
            return later(command);
        }
        Progress progress = new Progress(parts, null);
        List<Sent> sent;
        try {
            sent = progress.send(all(parts.size()), patience);
        } catch (UnreachableException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<?> arrived =
                CompletableFuture.allOf(sent.stream().map(Sent::reply).toArray(CompletableFuture<?>[]::new));
        return arrived.handle((ok, failure) -> progress.isSettledBy(sent)).thenCompose(settled -> {
            if (settled) {
                return CompletableFuture.completedFuture(finish(progress, sent, patience));
            }
            return again(() -> finish(progress, sent, patience));
        });
    }

    // --- changes made once

    /** Has a change made once, and waits for the reply. */
    Reply once(Command.OnEntry change) {
        return once(change, new Patience(router.any()));
    }

    private Reply once(Command.OnEntry change, Patience patience) {
        while (true) {
            NodeSession session = router.serving(change.key(), policy);
            if (session == null) {
                Reply missed = missed(change, patience);
                if (missed == null) {
                    continue;
                }
                return missed;
            }
            Command.OnEntry command = session.openOnce(change);
            UnreachableException failed;
            try {
                Reply reply = session.ask(command, patience.leftNanos(), null);
                if (!NodeSession.isElsewhere(reply)) {
                    return reply;
                }
                failed = refused(session, change, (Reply.Failure) reply);
            } catch (UnreachableException e) {
                failed = e;
            } catch (IndeterminateException e) {
                return repeat(session, command, e, patience);
            } finally {
                session.closeOnce(command);
            }
            if (!patience.pause()) {
                return givenUp(change, failed);
            }
        }
    }

    /** Has a change made once; asynchronous as {@link #send} is. */
    CompletableFuture<Reply> sendOnce(Command.OnEntry change) {
        Patience patience = new Patience(router.any());
        NodeSession session = router.serving(change.key(), policy);
        if (session == null) {
            return again(() -> once(change, patience));
        }
        Command.OnEntry command = session.openOnce(change);
        CompletableFuture<Reply> sent;
        try {
            sent = session.askAsync(command, patience.leftNanos(), null);
        } catch (RuntimeException e) {
            sent = CompletableFuture.failedFuture(e);
        }
        return sent.handle((reply, failure) -> {
                    if (failure == null && !NodeSession.isElsewhere(reply)) {
                        session.closeOnce(command);
                        return CompletableFuture.completedFuture(reply);
                    }
                    return onceAgain(session, change, command, reply, failure, patience);
                })
                .thenCompose(next -> next);
    }

    private CompletableFuture<Reply> onceAgain(
            NodeSession session,
            Command.OnEntry change,
            Command.OnEntry command,
            @Nullable Reply reply,
            @Nullable Throwable failure,
            Patience patience) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        CompletableFuture<Reply> next;
        if (cause instanceof IndeterminateException unknown) {
            next = again(() -> repeat(session, command, unknown, patience));
        } else if (reply != null) {
            UnreachableException refused = refused(session, change, (Reply.Failure) reply);
            next = again(() -> onceAfter(refused, change, patience));
        } else if (cause instanceof UnreachableException unreachable) {
            next = again(() -> onceAfter(unreachable, change, patience));
        } else {
            next = CompletableFuture.failedFuture(cause == null ? new IllegalStateException("no reply") : cause);
        }
        return next.whenComplete((done, failed) -> session.closeOnce(command));
    }

    private Reply onceAfter(UnreachableException failed, Command.OnEntry change, Patience patience) {
        if (!patience.pause()) {
            return givenUp(change, failed);
        }
        return once(change, patience);
    }

    /**
     * What became of a change is not known. Only the node that it was sent to can tell, so it is sent there again; if it was made, its
     * reply comes, and if not, it is made now.
     */
    private Reply repeat(
            NodeSession session, Command.OnEntry command, IndeterminateException unknown, Patience patience) {
        while (command instanceof Command.Once && patience.pause()) {
            try {
                router.repeatedChanges.increment();
                Reply reply = session.ask(command, patience.leftNanos(), null);
                if (!NodeSession.isElsewhere(reply)) {
                    return reply;
                }
                if (((Reply.Failure) reply).status() == Status.NOT_OWNER) {
                    // It drops what it no longer owns, and with it what it knew.
                    unknown.addSuppressed(session.elsewhere(command, (Reply.Failure) reply));
                    break;
                }
            } catch (UnreachableException | IndeterminateException e) {
                // It may be back before time is over.
            } catch (RequestRefusedException e) {
                if (e.reason() == RequestRefusedException.Reason.BAD_REQUEST
                        || e.reason() == RequestRefusedException.Reason.TOO_LARGE) {
                    // It came to be made, so it had not been.
                    throw e;
                }
                unknown.addSuppressed(e);
                break;
            } catch (DistCacheException e) {
                unknown.addSuppressed(e);
                break;
            }
        }
        throw unknown;
    }

    private CompletableFuture<Reply> later(Command command) {
        return again(() -> call(command, null));
    }

    private static CompletableFuture<Reply> again(Supplier<Reply> work) {
        CompletableFuture<Reply> told = new CompletableFuture<>();
        if (TRIED_AGAIN.incrementAndGet() > MOST_TRIED_AGAIN) {
            TRIED_AGAIN.decrementAndGet();
            told.completeExceptionally(new UnreachableException("too many calls wait for the pool to settle already"));
            return told;
        }
        AGAIN.execute(() -> {
            try {
                Reply reply = work.get();
                tell(() -> told.complete(reply));
            } catch (RuntimeException | Error e) {
                tell(() -> told.completeExceptionally(e));
            }
        });
        return told;
    }

    private static void tell(Runnable outcome) {
        OutcomeThreads.tell(() -> {
            try {
                outcome.run();
            } finally {
                TRIED_AGAIN.decrementAndGet();
            }
        });
    }

    // --- one entry

    private Reply onEntry(Command.OnEntry command, @Nullable Consumer<Push.Event> ownEvents, Patience patience) {
        while (true) {
            NodeSession session = router.serving(command.key(), policy);
            if (session == null) {
                Reply missed = missed(command, patience);
                if (missed == null) {
                    continue;
                }
                return missed;
            }
            UnreachableException failed;
            try {
                Reply reply = session.ask(command, patience.leftNanos(), ownEvents);
                if (!NodeSession.isElsewhere(reply)) {
                    remember(reply, session);
                    return reply;
                }
                failed = refused(session, command, (Reply.Failure) reply);
            } catch (UnreachableException e) {
                failed = e;
            }
            if (!patience.pause()) {
                return givenUp(command, failed);
            }
        }
    }

    private UnreachableException refused(NodeSession session, Command command, Reply.Failure failure) {
        router.refused(session, command, failure);
        DistCacheException why = session.elsewhere(command, failure);
        return why instanceof UnreachableException e
                ? e
                : new UnreachableException(String.valueOf(why.getMessage()), why);
    }

    private void remember(Reply reply, NodeSession session) {
        if (reply instanceof Reply.Leased leased && router.only() == null) {
            leases.put(leased.token(), session);
        }
    }

    /**
     * What a call comes to whose owner is down, under {@link FailurePolicy#MISS}; null if the owner is back.
     */
    private @Nullable Reply missed(Command.OnEntry command, Patience patience) {
        Reply miss = miss(command);
        if (miss != null) {
            return miss;
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
        if (!overwritten(command, patience)) {
            if (!patience.pause()) {
                throw backTooLate();
            }
            return null;
        }
        router.droppedWrites.increment();
        return new Reply.Changed(false, false, 0, null);
    }

    private static UnreachableException backTooLate() {
        return new UnreachableException("the node that owns the entry came back, but too late to be asked");
    }

    /** What a call comes to that has had no answer in its time, and was surely not applied. */
    private Reply givenUp(Command.OnEntry command, UnreachableException failed) {
        Reply miss = policy == FailurePolicy.MISS ? miss(command) : null;
        if (miss != null) {
            return miss;
        }
        if (policy == FailurePolicy.MISS && isPlain(command) && router.drop(cache, command.key())) {
            router.droppedWrites.increment();
            return new Reply.Changed(false, false, 0, null);
        }
        throw failed;
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

    /**
     * A write is dropped, and what it would have overwritten must not come back with the owner: removing the entry where it would be
     * served leaves a hint there; if nobody can keep one, this client does.
     *
     * @return false if the owner is back
     */
    private boolean overwritten(Command.OnEntry write, Patience patience) {
        Bytes key = write.key();
        Command remove = new Command.Remove(write.cache(), key, Condition.ALWAYS, false);
        while (true) {
            NodeSession next = router.elsewhere(key);
            if (next == null) {
                return router.drop(cache, key);
            }
            try {
                Reply reply = next.ask(remove, patience.leftNanos(), null);
                if (!NodeSession.isElsewhere(reply)) {
                    return true;
                }
                router.refused(next, remove, (Reply.Failure) reply);
            } catch (UnreachableException | IndeterminateException e) {
                // Tried again below.
            }
            if (!patience.pause()) {
                return router.drop(cache, key);
            }
        }
    }

    // --- many entries

    private static List<Integer> all(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    /** A part of a command on its way. */
    private record Sent(NodeSession session, Command command, List<Integer> indices, CompletableFuture<Reply> reply) {}

    /** Sends what must be tried again, until nothing is left or there is no more time. */
    private Reply finish(Progress progress, List<Sent> first, Patience patience) {
        List<Sent> sent = first;
        while (true) {
            List<Integer> left = progress.take(sent);
            if (left.isEmpty()) {
                return progress.result();
            }
            if (!patience.pause()) {
                return progress.givenUp(left);
            }
            try {
                sent = progress.send(left, patience);
            } catch (UnreachableException e) {
                progress.giveBack();
                throw e;
            }
        }
    }

    /** How far a command on many entries has come. Confined to the thread that looks after it. */
    private final class Progress {
        private final Parts parts;
        private final @Nullable Consumer<Push.Event> ownEvents;
        private final @Nullable Reply[] replies;
        private int applied;
        private int existed;
        private @Nullable DistCacheException failed;
        private @Nullable UnreachableException last;

        Progress(Parts parts, @Nullable Consumer<Push.Event> ownEvents) {
            this.parts = parts;
            this.replies = new Reply[parts.size()];
            // Several event loops bring them.
            this.ownEvents = ownEvents == null
                    ? null
                    : event -> {
                        synchronized (this) {
                            ownEvents.accept(event);
                        }
                    };
        }

        List<Sent> send(List<Integer> indices, Patience patience) {
            Map<NodeSession, List<Integer>> bySession = new LinkedHashMap<>();
            List<Integer> back = new ArrayList<>(0);
            for (int index : indices) {
                NodeSession session = parts.isSettle() ? granter(index) : router.serving(parts.key(index), policy);
                if (session == null) {
                    if (!miss(index, patience)) {
                        back.add(index);
                    }
                } else {
                    bySession.computeIfAbsent(session, s -> new ArrayList<>()).add(index);
                }
            }
            List<Sent> sent = new ArrayList<>(bySession.size());
            bySession.forEach((session, of) -> {
                Command command = parts.command(of);
                CompletableFuture<Reply> reply;
                try {
                    reply = session.askAsync(command, patience.leftNanos(), ownEvents);
                } catch (RuntimeException e) {
                    reply = CompletableFuture.failedFuture(e);
                }
                sent.add(new Sent(session, command, of, reply));
            });
            if (!back.isEmpty()) {
                CompletableFuture<Reply> again =
                        CompletableFuture.failedFuture(new UnreachableException("the owner came back meanwhile"));
                sent.add(new Sent(router.any(), parts.command(back), back, again));
            }
            return sent;
        }

        private @Nullable NodeSession granter(int index) {
            NodeSession granter = leases.get(parts.token(index));
            NodeSession only = granter == null ? router.only() : granter;
            return only == null ? router.serving(parts.key(index), policy) : only;
        }

        /** Returns false if the owner is back. */
        private boolean miss(int index, Patience patience) {
            if (parts.isSettle()) {
                replies[index] = new Reply.Failure(
                        Status.LEASE_LOST, "the node that granted the lease is away; nothing was applied");
                return true;
            }
            Command.OnEntry single = parts.onEntry(index);
            replies[index] = single == null ? Reply.Ok.INSTANCE : missed(single, patience);
            return replies[index] != null;
        }

        /** There is no more time for these. */
        Reply givenUp(List<Integer> left) {
            UnreachableException failed =
                    last == null ? new UnreachableException("the pool did not settle in time") : last;
            for (int index : left) {
                Command.OnEntry single = parts.onEntry(index);
                try {
                    if (single == null && policy != FailurePolicy.MISS) {
                        throw failed;
                    }
                    replies[index] = single == null ? Reply.Ok.INSTANCE : PooledCalls.this.givenUp(single, failed);
                } catch (UnreachableException e) {
                    giveBack();
                    throw e;
                }
            }
            return result();
        }

        /** Whether nothing of this has to be tried again; all of it has arrived. */
        boolean isSettledBy(List<Sent> sent) {
            return sent.stream()
                    .allMatch(part -> part.reply().isCompletedExceptionally()
                            ? parts.isSettle() || !(causeOf(part.reply()) instanceof UnreachableException)
                            : !NodeSession.isElsewhere(part.reply().join()));
        }

        /** Waits for replies and keeps them; returns what must be tried again. */
        List<Integer> take(List<Sent> sent) {
            List<Integer> again = new ArrayList<>();
            for (Sent part : sent) {
                Throwable failure = null;
                try {
                    Reply reply = part.reply().join();
                    if (NodeSession.isElsewhere(reply)) {
                        failure = refused(part.session(), part.command(), (Reply.Failure) reply);
                    } else {
                        keep(part, reply);
                    }
                } catch (CompletionException e) {
                    failure = e.getCause() == null ? e : e.getCause();
                }
                if (failure instanceof UnreachableException e) {
                    if (parts.isSettle()) {
                        leaseLost(part, e);
                    } else {
                        last = e;
                        again.addAll(part.indices());
                    }
                } else if (failure instanceof DistCacheException e) {
                    fail(e);
                } else if (failure instanceof RuntimeException e) {
                    throw e;
                } else if (failure != null) {
                    throw new IllegalStateException(failure);
                }
            }
            return failed != null ? List.of() : again;
        }

        private void keep(Sent part, Reply reply) {
            if (reply instanceof Reply.Affected affected) {
                applied += affected.applied();
                existed += affected.existed();
            } else if (reply instanceof Reply.Many many) {
                for (int i = 0; i < part.indices().size(); i++) {
                    Reply one = many.replies().get(i);
                    replies[part.indices().get(i)] = one;
                    remember(one, part.session());
                }
            } else {
                for (int index : part.indices()) {
                    replies[index] = reply;
                    remember(reply, part.session());
                }
            }
            if (parts.isSettle()) {
                for (int index : part.indices()) {
                    if (!parts.isKept(index)) {
                        leases.remove(parts.token(index));
                    }
                }
            }
        }

        /** The node that granted them cannot be reached, so they have ended with its connection, and nothing was applied. */
        private void leaseLost(Sent part, UnreachableException why) {
            for (int index : part.indices()) {
                leases.remove(parts.token(index));
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

        Reply result() {
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
                    NodeSession session = leases.remove(leased.token());
                    if (session != null) {
                        CompletableFuture<Reply> unused = session.askAsync(
                                new Command.Settle(
                                        parts.cache(),
                                        List.of(new Command.Settlement(parts.key(i), leased.token(), List.of(), null))),
                                session.callNanos(),
                                null);
                    }
                }
            }
        }
    }

    private static @Nullable Throwable causeOf(CompletableFuture<Reply> future) {
        try {
            Reply unused = future.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    // --- whole caches

    private Reply everywhere(Command command, @Nullable Consumer<Push.Event> ownEvents, Patience patience) {
        List<Reply> replies = Collections.synchronizedList(new ArrayList<>());
        List<NodeSession> left = targets(command, patience);
        Consumer<Push.Event> events = ownEvents == null
                ? null
                : event -> {
                    synchronized (replies) {
                        ownEvents.accept(event);
                    }
                };
        while (true) {
            List<NodeSession> again = new ArrayList<>();
            UnreachableException last = null;
            List<CompletableFuture<Reply>> sent = new ArrayList<>();
            for (NodeSession session : left) {
                sent.add(session.askAsync(command, patience.leftNanos(), events));
            }
            DistCacheException failed = null;
            for (int i = 0; i < left.size(); i++) {
                try {
                    Reply reply = sent.get(i).join();
                    if (NodeSession.isElsewhere(reply)) {
                        last = refused(left.get(i), command, (Reply.Failure) reply);
                        again.add(left.get(i));
                    } else {
                        replies.add(reply);
                    }
                } catch (CompletionException e) {
                    if (e.getCause() instanceof UnreachableException unreachable) {
                        last = unreachable;
                        again.add(left.get(i));
                    } else if (e.getCause() instanceof DistCacheException known) {
                        failed = known;
                    } else {
                        throw e;
                    }
                }
            }
            if (failed != null) {
                throw failed;
            }
            if (last == null) {
                Reply whole = withoutThoseAway(command, replies);
                if (whole != null) {
                    return whole;
                }
            } else if (!patience.pause()) {
                if (policy == FailurePolicy.MISS && again.stream().allMatch(PooledCalls::isLost)) {
                    Reply whole = withoutThoseAway(command, replies);
                    if (whole != null) {
                        return whole;
                    }
                }
                throw last;
            }
            List<NodeSession> usable = targets(command, patience);
            if (last == null) {
                again.addAll(usable);
                if (!patience.pause()) {
                    throw backTooLate();
                }
            } else {
                again.retainAll(usable);
            }
            left = again;
        }
    }

    private static boolean isLost(NodeSession session) {
        return session instanceof SocketSession socket && socket.link() == 0;
    }

    /**
     * The replies of those that could be reached, put together. If that was nobody, what the command would have changed is remembered
     * here under {@link FailurePolicy#MISS}; null if a node is back meanwhile.
     */
    private @Nullable Reply withoutThoseAway(Command command, List<Reply> replies) {
        if (!replies.isEmpty()) {
            return Parts.sum(replies);
        }
        boolean changes = changesAll(command);
        if (changes) {
            for (SocketSession session : router.view().sessions()) {
                if (!router.dropAll(session, cache)) {
                    return null;
                }
            }
            router.droppedWrites.increment();
        } else {
            router.missedReads.increment();
        }
        return Parts.ofNone(command);
    }

    private static boolean changesAll(Command command) {
        return command instanceof Command.Clear || command instanceof Command.RemoveEvery;
    }

    /** The nodes that serve; before a change, once each of them knows who does not, so that it leaves a hint for those. */
    private List<NodeSession> targets(Command command, Patience patience) {
        boolean changes = changesAll(command);
        while (true) {
            NodeSession only = router.only();
            if (only != null) {
                return misses(only) && !only.isUsable() ? List.of() : List.of(only);
            }
            List<NodeSession> usable = new ArrayList<>();
            UnreachableException down = null;
            boolean told = true;
            for (var session : router.view().sessions()) {
                if (session.isUsable()) {
                    usable.add(session);
                } else {
                    down = Router.down(session, "; the cache's failure policy is " + policy);
                    told &= !changes || router.isDeclaredAway(session);
                }
            }
            if (down != null && (policy == FailurePolicy.THROW || (usable.isEmpty() && policy != FailurePolicy.MISS))) {
                throw down;
            }
            if (told || !patience.pause()) {
                if (!told) {
                    throw new UnreachableException("the pool did not settle in time", down);
                }
                return usable;
            }
        }
    }
}
