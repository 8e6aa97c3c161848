package io.distcache.client.internal.link;

import io.distcache.client.DistCacheException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the calls to one node end: with a reply, without one, or unsent. Each gives its place back once, and what a caller gets to know is
 * said here. Thread-safe.
 */
final class Outcomes {
    private final Transport transport;
    private final Map<Integer, CacheState> caches;
    private final Places places;
    private final long callNanos;

    /** For the calls that go over {@code transport}; {@code caches} are the client's open ones by their handles. */
    Outcomes(Transport transport, Map<Integer, CacheState> caches, Places places, long callNanos) {
        this.transport = transport;
        this.caches = caches;
        this.places = places;
        this.callNanos = callNanos;
    }

    /** The places for calls in flight. */
    Places places() {
        return places;
    }

    // --- ends, on whatever thread brings them

    /** Ends a call that was sent; the caller has taken it out of the calls in flight. */
    void reply(Call call, Reply reply) {
        Consumer<Reply> hearer = call.firstHearer;
        if (hearer != null && !call.ended()) {
            hearer.accept(reply);
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            CacheState cache = cacheOf(call.command);
            if (cache != null) {
                cache.markDestroyed();
            }
        }
        giveBack(call);
        if (call.end(reply)) {
            complete(call);
        } else {
            giveLeasesBack(call.command, reply);
        }
    }

    /** A lease granted to a call that has ended would keep others waiting until its time limit. */
    private void giveLeasesBack(Command command, Reply reply) {
        if (command instanceof Command.Lease lease && reply instanceof Reply.Leased leased) {
            settleNothing(lease.cache(), lease.key(), leased);
        } else if (command instanceof Command.LeaseMany lease && reply instanceof Reply.Many many) {
            for (int i = 0; i < Math.min(many.replies().size(), lease.keys().size()); i++) {
                if (many.replies().get(i) instanceof Reply.Leased leased) {
                    settleNothing(lease.cache(), lease.keys().get(i), leased);
                }
            }
        }
    }

    private void settleNothing(int cache, Bytes key, Reply.Leased leased) {
        if (places.takeNow()) {
            Command settle =
                    new Command.Settle(cache, List.of(new Command.Settlement(key, leased.token(), List.of(), null)));
            transport.send(Call.unheard(settle, callNanos));
        }
    }

    /** Ends a call that cannot be sent. */
    void unsendable(Call call, Throwable why) {
        giveBack(call);
        if (call.end(why)) {
            complete(call);
        }
    }

    /** Ends a call whose time has passed. */
    void expire(Call call) {
        lose(call, "its time limit passed after " + call.waitedMillis() + " ms" + transport.whyNoReply(), null);
    }

    /**
     * Ends a call without a reply. If it was queued, this gives its place back; if it was sent, whoever takes it out of the
     * calls in flight does.
     */
    void lose(Call call, String why, @Nullable Throwable cause) {
        if (call.lose(why, cause)) {
            giveBack(call);
        }
        if (call.ended()) {
            complete(call);
        }
    }

    /** A call is neither queued nor in flight any more. */
    void giveBack(Call call) {
        if (call.takesPlace) {
            places.giveBack();
        }
    }

    /** Tells a call's future how it ended, if it has one. */
    void complete(Call call) {
        CompletableFuture<Reply> future = call.future;
        if (future != null && !future.isDone()) {
            try {
                future.complete(replyOf(call, call.result()));
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
            }
        }
    }

    // --- what they mean for a caller

    /** The reply that a call ended with; throws what else it ended with, and failures other than {@link Calls#isElsewhere}. */
    Reply replyOf(Call call, Object result) {
        if (result instanceof Reply.Failure failure) {
            if (Calls.isElsewhere(failure)) {
                return failure;
            }
            throw Refusals.exception(describe(call.command), failure);
        } else if (result instanceof Reply reply) {
            return reply;
        } else if (result instanceof Call.Lost lost) {
            throw Failures.lost(lost, call.command, describe(call.command));
        } else if (result instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) result;
    }

    /** What it means for a caller that no place became free. */
    DistCacheException noPlace(Command command) {
        String outage = transport.whyNoReply();
        if (!outage.isEmpty()) {
            return new UnreachableException(describe(command) + " was not sent: no place became free" + outage);
        }
        return new OverloadedException(describe(command) + " was not sent: all " + places.bound()
                + " places for commands in flight stayed taken. Back off, or raise maxInFlight here and on the node.");
    }

    /** What it means for a caller that the node takes no frame of so many bytes. */
    RequestRefusedException tooLarge(Command command, long bytes) {
        return new RequestRefusedException(
                RequestRefusedException.Reason.TOO_LARGE,
                describe(command) + " was not sent: its frame takes " + bytes + " bytes and the node takes at most "
                        + transport.maxFrameBytes() + ". Send less at a time, or raise the node's limit.");
    }

    /** The command as messages name it. */
    String describe(Command command) {
        CacheState cache = cacheOf(command);
        Command named = command instanceof Command.Once once
                ? once.change()
                : command instanceof Command.OfGroup part
                        ? part.whole()
                        : command instanceof Command.Stale stale ? stale.read() : command;
        return named.opcode() + (command instanceof Command.Stale ? " without a leader" : "")
                + (cache == null ? "" : " on cache " + cache.name()) + " at node " + transport.where();
    }

    private @Nullable CacheState cacheOf(Command command) {
        return command instanceof Command.OnCache of ? caches.get(of.cache()) : null;
    }
}
