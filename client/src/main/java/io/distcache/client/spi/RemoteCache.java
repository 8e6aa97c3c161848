package io.distcache.client.spi;

import io.distcache.client.ClientConfig;
import io.distcache.client.FailurePolicy;
import io.distcache.client.IndeterminateException;
import io.distcache.client.LeaseLostException;
import io.distcache.client.LeaseTimeoutException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
     * Sends a command about this cache to the nodes that its entries belong to, and waits for the reply. Of several nodes the replies
     * are put together, and if one fails, what others changed stays changed. Calls whose node is down go by the cache's {@link
     * FailurePolicy}; in a pool, what has surely not been applied is tried again within the call's time.
     *
     * @param command names this cache by {@link #handle()}; not {@link Command.Scan}, for which there is {@link #pages}
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
     * Sends a change of one entry to be made once: if its reply does not come, since the connection is lost or the node ends, it is sent to
     * the same node again while the call has time, and the node makes it only if it has not yet. {@link IndeterminateException} is left
     * for when time is over first, or the node has lost what it knew. In a replicated pool it goes to whoever leads by then, and {@link
     * #call(Command)} has such changes made once, too.
     *
     * @param change {@link Command.Put} or {@link Command.Remove} that does not return the old value, {@link Command.Add}, {@link
     *     Command.Append}, {@link Command.Expire}
     */
    Reply callOnce(Command.OnEntry change);

    /** Like {@link #callOnce} and {@link #callAsync}. */
    CompletionStage<Reply> callOnceAsync(Command.OnEntry change);

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
     * The entries of the cache, from all nodes, in bounded pages. An entry that is there throughout comes exactly once. Of a node that is
     * down or goes down meanwhile entries are missing, or {@link Pages#next} throws, as the cache's {@link FailurePolicy} says. If nodes
     * become members of a replicated pool while a walk over them is under way, it begins anew: what has come already comes again.
     *
     * @param maxEntries the most entries of a page
     * @param keysOnly without values
     * @param match only entries with keys that are text and match this, as {@link Command.Scan} says; empty for all
     */
    Pages pages(int maxEntries, boolean keysOnly, Bytes match);

    /** The rest of a walk over a cache. Confined to one thread. */
    interface Pages {
        /** The next entries, which may be none; null after the last. Throws what {@link #call} does. */
        @Nullable
        List<Reply.Item> next();
    }

    /** Hears of events; on an event loop, and must not block. If it throws, the event is acknowledged for it. */
    interface EventListener {
        /**
         * An entry changed.
         *
         * @param acknowledge to be run, once and by any thread, when listeners have run: others may wait for it
         */
        void heard(Push.Event event, Runnable acknowledge);
    }

    /**
     * Says which events of this cache are wanted from now on; replaces what was said before. Sent again after a reconnect;
     * events in between are lost. Masks are of {@link io.distcache.protocol.EventKind#bit()}.
     *
     * @param kinds the kinds wanted; 0 for none
     * @param syncKinds those of them for which the client that causes one waits until it is acknowledged
     */
    void subscribe(int kinds, int syncKinds, boolean oldValues, EventListener listener);

    /**
     * As {@link #subscribe}, for fewer events than before: nodes are told without waiting for them, and one that cannot be told now is told
     * when it is back. What one still sends until then is heard by {@code listener}.
     */
    void subscribeLater(int kinds, int syncKinds, boolean oldValues, EventListener listener);

    /** Whether the cache was destroyed since it was opened. Every call then throws {@link NoSuchCacheException}. */
    boolean destroyed();

    /** Gives the handle and the subscription back; the cache and its entries stay. Does not wait. */
    @Override
    void close();
}
