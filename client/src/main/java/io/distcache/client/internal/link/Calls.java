package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one client at one node: a command is given a place in flight and a time limit, and its reply comes to a caller that waits
 * or to a future. How commands get across is the {@link Transport}'s. Thread-safe.
 */
public final class Calls {
    private final Transport transport;
    private final Outcomes outcomes;
    private final Places places;
    private final OnceNumbers numbers;
    private final long callNanos;
    private final long extensionNanos;

    Calls(ClientConfig config, Transport transport) {
        this.transport = transport;
        this.outcomes = transport.outcomes();
        this.places = outcomes.places();
        this.callNanos = config.callTimeout().toNanos();
        this.extensionNanos = extensionNanos(config);
        this.numbers = newNumbers();
    }

    /** By how much a node may extend a call: one wait for the lease and one for listeners elsewhere. */
    static long extensionNanos(ClientConfig config) {
        return 2 * config.leaseLimit().toNanos();
    }

    // --- for callers that wait

    /** Sends a command and waits for its reply; failures are thrown, as {@code RemoteCache.call} documents. */
    public Reply call(Command command) {
        return call(command, callNanos, null);
    }

    /** The same; {@code firstHearer} gets the reply before anybody else, on the thread that brings it. */
    Reply call(Command command, long limitNanos, @Nullable Consumer<Reply> firstHearer) {
        Reply reply = ask(command, limitNanos, null, firstHearer);
        if (reply instanceof Reply.Failure failure) {
            throw elsewhere(command, failure);
        }
        return reply;
    }

    /**
     * Sends a command and waits for its reply; failures are thrown, but for those that {@link #isElsewhere} tells.
     *
     * @param ownEvents gets the events that this command causes; may be null
     */
    public Reply ask(Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        return ask(command, limitNanos, ownEvents, null);
    }

    private Reply ask(
            Command command,
            long limitNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            @Nullable Consumer<Reply> firstHearer) {
        refuseOnEventLoop();
        checkSize(command);
        Call call = Call.waiting(command, limitNanos, extensionNanos, ownEvents, firstHearer);
        if (!places.take(call.deadlineNanos())) {
            throw noPlace(command);
        }
        transport.send(call);
        Object result = call.await();
        if (result == null) {
            outcomes.expire(call);
            result = call.result();
        }
        return outcomes.replyOf(call, result);
    }

    // --- for callers that do not

    /**
     * Sends a command, to be executed after all that this thread has sent before; the future completes on the thread that brings the
     * reply, with what {@link #ask} returns or throws. Waits for a place in flight if the thread may wait.
     */
    public CompletableFuture<Reply> askAsync(
            Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        checkSize(command);
        CompletableFuture<Reply> future = new CompletableFuture<>();
        Call call = Call.async(command, limitNanos, extensionNanos, ownEvents, future);
        if (transport.mayWait() ? !places.take(call.deadlineNanos()) : !places.takeNow()) {
            future.completeExceptionally(noPlace(command));
        } else {
            transport.send(call);
        }
        return future;
    }

    /** As {@link #askAsync}, without waiting for a place: null if none is free. */
    public @Nullable CompletableFuture<Reply> askAsyncIfFree(
            Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        checkSize(command);
        if (!places.takeNow()) {
            return null;
        }
        CompletableFuture<Reply> future = new CompletableFuture<>();
        transport.send(Call.async(command, limitNanos, extensionNanos, ownEvents, future));
        return future;
    }

    /** Sends a command whose reply nobody waits for, if there is a place. */
    public void callUnheard(Command command) {
        if (places.takeNow()) {
            transport.send(Call.unheard(command, callNanos));
        }
    }

    // --- changes that are made once

    /** Numbers for changes that are to be made once somewhere, as long as calls take here. */
    public OnceNumbers newNumbers() {
        // It comes again within a call's time after it was made; twice that, and something for the clocks.
        return new OnceNumbers((int) Math.min(Integer.MAX_VALUE, 2 * (callNanos / 1_000_000) + 1000));
    }

    /** A change with a number, so that it can be sent again; without, if nothing can get lost on the way or too many are open. */
    public Command.OnEntry openOnce(Command.OnEntry change) {
        Command.Once once = transport.canLoseReplies() ? numbers.open(change) : null;
        return once == null ? change : once;
    }

    /** What {@link #openOnce} returned is not sent again. */
    public void closeOnce(Command.OnEntry command) {
        if (command instanceof Command.Once once) {
            numbers.close(once);
        }
    }

    // --- what replies, and their lack, mean

    /** Whether a reply says that nothing was applied, and that the command should go to another node, or come again in a moment. */
    public static boolean isElsewhere(Reply reply) {
        return reply instanceof Reply.Failure failure
                && switch (failure.status()) {
                    case NOT_OWNER, NOT_LEADER, UNAVAILABLE, DRAINING, STARTING -> true;
                    default -> false;
                };
    }

    /** What such a reply means for a caller that gives up. */
    public DistCacheException elsewhere(Command command, Reply.Failure failure) {
        return Refusals.exception(outcomes.describe(command), failure);
    }

    /** What it means for a caller that no place became free. */
    public DistCacheException noPlace(Command command) {
        return outcomes.noPlace(command);
    }

    // --- bounds

    /** How long one call may take, in nanoseconds. */
    public long callNanos() {
        return callNanos;
    }

    /** Throws if the current thread may not wait. */
    public void refuseOnEventLoop() {
        if (!transport.mayWait()) {
            throw new IllegalStateException("a call that waits, for node " + transport.where()
                    + ", was made on an event loop of the client, "
                    + Thread.currentThread().getName()
                    + ", which must go on meanwhile; listeners and callbacks must hand work to a thread of their own, or use"
                    + " calls that do not wait");
        }
    }

    private void checkSize(Command command) {
        long least = FrameSize.atLeast(command);
        if (least > transport.maxFrameBytes()) {
            throw outcomes.tooLarge(command, least);
        }
    }
}
