package io.distcache.client.internal.link;

import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The caches of the client at one node: opening them there, subscribing to them, and giving them back. Thread-safe. */
public final class CachesAtNode {
    private static final Logger LOG = LoggerFactory.getLogger(CachesAtNode.class);

    private final Calls calls;
    private final Transport transport;
    /** The client's open caches by their handles, the same for all its nodes. */
    private final Map<Integer, CacheState> caches;
    /** At which incarnation of the node each was opened last. */
    private final Map<Integer, Long> openedAt = new ConcurrentHashMap<>();

    private volatile long incarnation;

    CachesAtNode(Calls calls, Transport transport, Map<Integer, CacheState> caches) {
        this.calls = calls;
        this.transport = transport;
        this.caches = caches;
    }

    // --- for the pool

    /**
     * Opens a cache under a handle, and registers it for all nodes where the reply arrives: whatever happens to the connection
     * afterwards, it is opened again.
     *
     * @param retry the call's, which has to end in its time
     */
    public Reply.Opened open(int handle, CacheDefinition definition, boolean create, Retry retry) {
        Command command = new Command.OpenCache(handle, definition, create);
        try {
            Reply reply = repeatable(retry, command, first -> {
                if (first instanceof Reply.Opened opened) {
                    caches.computeIfAbsent(handle, h -> new CacheState(h, opened.definition(), opened.created()));
                    opened(handle);
                }
            });
            if (reply instanceof Reply.Opened opened) {
                return opened;
            }
        } catch (IndeterminateException e) {
            caches.remove(handle);
            close(handle);
            throw new UnreachableException(
                    "cache " + definition.name() + " could not be opened at node " + transport.where()
                            + (create ? "; it may have been created" : ""),
                    e);
        }
        throw new UnreachableException("node " + transport.where() + " did not answer OPEN_CACHE with OPENED");
    }

    /** Says what a cache is subscribed to. */
    public void subscribe(CacheState cache) {
        Command subscribing = subscribing(cache);
        if (subscribing != null) {
            Reply unused = repeatable(new Retry(calls), subscribing, null);
        }
    }

    /** The same without waiting, for less than before; with the next connection it is said what holds then. */
    public void subscribeLater(CacheState cache) {
        transport.tell(() -> subscribing(cache));
    }

    /** A command that does no harm twice: if the connection is lost under it, it is sent again within the same limit. */
    private Reply repeatable(Retry retry, Command command, @Nullable Consumer<Reply> firstHearer) {
        return retry.waiting(
                IndeterminateException.class::isInstance, () -> calls.call(command, retry.leftNanos(), firstHearer));
    }

    /** Gives a handle back without waiting; with the next connection it is not opened. */
    public void close(int handle) {
        forget(handle);
        transport.tell(() -> new Command.CloseCache(handle));
    }

    // --- for connections that open them again

    /** The node has said which of its lives this is. */
    void greeted(long incarnationNow) {
        incarnation = incarnationNow;
        openedAt.keySet().retainAll(caches.keySet());
    }

    /** All that are registered. */
    Iterable<CacheState> registered() {
        return caches.values();
    }

    boolean isRegistered(CacheState cache) {
        return caches.containsKey(cache.handle());
    }

    /** Whether the node has had the cache in this life of its, so that it must not be created if it is not there now. */
    boolean wasOpenedInThisLife(CacheState cache) {
        Long at = openedAt.get(cache.handle());
        return at != null && at == incarnation;
    }

    /** A cache is open at the node. */
    void opened(int handle) {
        openedAt.put(handle, incarnation);
    }

    /** A cache is not open at the node any more. */
    void forget(int handle) {
        openedAt.remove(handle);
    }

    /** What an answer to opening a cache means for it; false if it means something else. */
    boolean openedAs(CacheState cache, Reply reply) {
        if (reply instanceof Reply.Opened is) {
            opened(cache.handle());
            List<String> differences = cache.definition().differencesToShared(is.definition());
            if (differences.isEmpty()) {
                cache.accept();
            } else {
                refuse(cache, String.join("; ", differences));
                close(cache.handle());
            }
            return true;
        }
        if (isAnother(reply)) {
            refuse(cache, ((Reply.Failure) reply).message());
            return true;
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            cache.markDestroyed();
            return true;
        }
        return false;
    }

    private void refuse(CacheState cache, String differences) {
        if (cache.refuse("it is another one at node " + transport.where() + ": " + differences)) {
            LOG.error(
                    "cache {} cannot be used here, since it is another one at node {}: {}. Create it alike everywhere, or destroy it"
                            + " there; it is looked at again with the next connection",
                    cache.name(),
                    transport.where(),
                    differences);
        }
    }

    // --- the commands

    static Command opening(CacheState cache, boolean create) {
        return new Command.OpenCache(cache.handle(), cache.definition(), create);
    }

    static Command attaching(CacheState cache) {
        CacheDefinition definition = cache.definition();
        return new Command.OpenCache(
                cache.handle(), CacheDefinition.of(definition.namespace(), definition.name()), false);
    }

    static @Nullable Command subscribing(CacheState cache) {
        CacheState.Subscription wanted = cache.subscription();
        return wanted == null
                ? null
                : new Command.Subscribe(cache.handle(), wanted.kinds(), wanted.syncKinds(), wanted.oldValues());
    }

    static boolean isAnother(Reply reply) {
        return reply instanceof Reply.Failure failure && failure.status() == Status.DEFINITION_DIFFERS;
    }
}
