package io.distcache.client.internal.link;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The caches of the client at one node: where they were opened, and how they are opened again over a new connection before calls go
 * over it. Confined to the event loop.
 */
final class CachesAtNode {
    private static final Logger LOG = LoggerFactory.getLogger(CachesAtNode.class);

    private final SocketSession session;
    /** At which incarnation of the node each was opened last. */
    private final Map<Integer, Long> openedAt = new HashMap<>();

    CachesAtNode(SocketSession session) {
        this.session = session;
    }

    /** A cache is open at the node. */
    void opened(int handle) {
        Hello.Node said = session.hello();
        if (said != null) {
            openedAt.put(handle, said.incarnation());
        }
    }

    /** A cache is not open at the node any more. */
    void forget(int handle) {
        openedAt.remove(handle);
    }

    /** Opening them over a connection that was greeted; the session is linked when that is done. */
    Reopening reopening(Connection greeted) {
        return new Reopening(greeted);
    }

    private void reopened(Connection shaken, CacheState cache, Reply reply) {
        if (!session.caches.containsKey(cache.handle())) {
            if (reply instanceof Reply.Opened) {
                session.closeHandle(cache.handle());
            } else {
                LOG.debug("cache {} was closed while it was opened: {}", cache.name(), reply);
            }
        } else if (!openedAs(cache, reply)) {
            shaken.fail("cache " + cache.name() + " could not be opened again: " + reply, null);
        }
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
                session.closeHandle(cache.handle());
            }
            return true;
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.DEFINITION_DIFFERS) {
            refuse(cache, failure.message());
            return true;
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            cache.markDestroyed();
            return true;
        }
        return false;
    }

    private void refuse(CacheState cache, String differences) {
        if (cache.refuse("it is another one at node " + session.where() + ": " + differences)) {
            LOG.error(
                    "cache {} cannot be used here, since it is another one at node {}: {}. Create it alike everywhere, or destroy it"
                            + " there; it is looked at again with the next connection",
                    cache.name(),
                    session.where(),
                    differences);
        }
    }

    /** Counts the replies that must come before calls go on. */
    final class Reopening {
        private final Connection shaken;
        private int left;

        Reopening(Connection shaken) {
            this.shaken = shaken;
        }

        /** What opens all caches. */
        Queue<Call> ofAll() {
            Queue<Call> all = new ArrayDeque<>();
            for (CacheState cache : session.caches.values()) {
                if (!cache.destroyed()) {
                    all.addAll(of(cache));
                }
            }
            all.add(answersAboutThePool());
            return all;
        }

        /** What greets and answers nothing must not keep the owner waiting, who asks one node after the other. */
        private Call answersAboutThePool() {
            return step(new Command.Pool("", Membership.NONE), reply -> {});
        }

        /**
         * Opening and subscribing. A node that was restarted may have come back empty; one that was not, and had the cache, has been
         * told to forget it if it is not there now.
         */
        List<Call> of(CacheState cache) {
            Hello.Node said = session.hello();
            Long at = openedAt.get(cache.handle());
            boolean create = said == null || at == null || at != said.incarnation();
            return of(cache, opening(cache, create), reply -> {
                if (isAnother(reply) && cache.definition().isTyped()) {
                    // One that the native API or a door made first has no types, and so can have these.
                    shaken.drain(new ArrayDeque<>(
                            of(cache, attaching(cache), attached -> reopened(shaken, cache, attached))));
                } else {
                    reopened(shaken, cache, reply);
                }
            });
        }

        private List<Call> of(CacheState cache, Command opening, Consumer<Reply> then) {
            List<Call> steps = new ArrayList<>(2);
            steps.add(step(opening, then));
            Command subscribing = subscribing(cache);
            if (subscribing != null) {
                steps.add(step(subscribing, reply -> {}));
            }
            return steps;
        }

        /** One command whose reply must come before calls go on. */
        Call step(Command command, Consumer<Reply> then) {
            left++;
            return Call.internal(command, session.callNanos, (Reply reply) -> {
                then.accept(reply);
                left--;
                if (left == 0 && !shaken.isGone()) {
                    session.linked(shaken);
                }
            });
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
