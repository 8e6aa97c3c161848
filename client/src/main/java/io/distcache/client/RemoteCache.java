package io.distcache.client;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * An open cache. Stays open over lost connections: it is opened and subscribed again before calls go on. Thread-safe.
 *
 * <p>A call ends at the latest when {@link ClientConfig#callTimeout} has passed, longer only while the node says that the
 * command waits for a lease or for listeners. Interrupting the calling thread does not end the wait; the thread's flag is set
 * again when the call returns.
 */
public interface RemoteCache extends AutoCloseable {

    /** What the cache is, as the node knows it. */
    CacheDefinition definition();

    /** What commands name this cache by; stays the same over lost connections. */
    int handle();

    /** Whether opening it created it. */
    boolean created();

    /**
     * Sends a command about this cache and waits for its reply.
     *
     * @param command names this cache by {@link #handle()}
     * @return any reply save {@link Reply.Failure}, which is thrown; parts of a {@link Reply.Many} may be failures
     * @throws UnreachableException nothing was applied
     * @throws IndeterminateException the change may or may not have been applied
     * @throws OverloadedException too much is in flight, or the node is full
     * @throws LeaseLostException the lease to settle has ended
     * @throws LeaseTimeoutException the entry stayed leased to others
     * @throws NoSuchCacheException the cache was destroyed
     * @throws RequestRefusedException the node refuses such a command, or it is too large
     * @throws IllegalStateException if the cache or the client is closed, or on the event loop, where nothing may wait
     */
    Reply call(Command command);

    /**
     * Like {@link #call(Command)}; events that this very command causes go to {@code ownEvents} and not to the subscription's
     * listener. They come before this method returns, on the event loop, one after the other; if it throws, late ones go to the
     * listener. What {@code ownEvents} wrote is visible after the return.
     */
    Reply call(Command command, Consumer<Push.Event> ownEvents);

    /**
     * Sends a command; the stage completes on the event loop with the reply, or with what {@link #call(Command)} throws. Waits
     * for a place among the commands in flight as {@link #call(Command)} does; on the event loop it does not wait and the stage
     * fails with {@link OverloadedException} instead.
     */
    CompletionStage<Reply> callAsync(Command command);

    /**
     * Says which events of this cache are wanted from now on; replaces what was said before. Sent again after a reconnect;
     * events in between are lost. Masks are of {@link io.distcache.protocol.EventKind#bit()}.
     *
     * @param kinds the kinds wanted; 0 for none
     * @param syncKinds those of them for which the client that causes one waits until it is acknowledged by {@link #ack}
     * @param listener runs on the event loop and must not block; if it throws, the event is acknowledged for it
     */
    void subscribe(int kinds, int syncKinds, boolean oldValues, Consumer<Push.Event> listener);

    /** The listeners of the event with this {@link Push.Event#ackId()} have run. Does not wait; 0 is ignored. */
    void ack(long ackId);

    /** Whether the cache was destroyed since it was opened. Every call then throws {@link NoSuchCacheException}. */
    boolean destroyed();

    /** Gives the handle and the subscription back; the cache and its entries stay. Does not wait. */
    @Override
    void close();
}
