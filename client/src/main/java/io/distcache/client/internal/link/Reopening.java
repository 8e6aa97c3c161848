package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the client's caches over a connection that was greeted, before calls go over it, and counts the replies that must come until then.
 * Confined to the event loop.
 */
final class Reopening {
    private static final Logger LOG = LoggerFactory.getLogger(Reopening.class);

    private final CachesAtNode caches;
    private final Connection greeted;
    private final boolean isReplicated;
    private final Consumer<Routes> routes;
    private final long callNanos;
    private final Runnable done;
    private int left;

    /**
     * Not begun yet; {@code done} runs when all caches are open.
     *
     * @param isReplicated whether the node is in a replicated pool
     * @param routes hears who leads what there
     */
    Reopening(
            CachesAtNode caches,
            Connection greeted,
            boolean isReplicated,
            Consumer<Routes> routes,
            long callNanos,
            Runnable done) {
        this.caches = caches;
        this.greeted = greeted;
        this.isReplicated = isReplicated;
        this.routes = routes;
        this.callNanos = callNanos;
        this.done = done;
    }

    /** Sends what opens all caches. */
    void begin() {
        Queue<Call> all = new ArrayDeque<>();
        for (CacheState cache : caches.registered()) {
            if (!cache.destroyed()) {
                all.addAll(of(cache));
            }
        }
        all.add(answersAboutThePool());
        greeted.drain(all);
    }

    /** What greets and answers nothing must not keep the owner waiting, who asks one node after the other. */
    private Call answersAboutThePool() {
        if (isReplicated) {
            return step(new Command.Routes(), reply -> {
                if (reply instanceof Reply.Routes told) {
                    routes.accept(told.routes());
                }
            });
        }
        return step(new Command.Pool("", Membership.NONE), reply -> {});
    }

    /** Opens one more cache, which was registered meanwhile. */
    void open(CacheState cache) {
        greeted.drain(new ArrayDeque<>(of(cache)));
    }

    /** Sends one more command whose reply must come before calls go on. */
    void also(Command command) {
        greeted.drain(new ArrayDeque<>(List.of(step(command, reply -> {}))));
    }

    /**
     * Opening and subscribing. A node that was restarted may have come back empty; one that was not, and had the cache, has been
     * told to forget it if it is not there now.
     */
    private List<Call> of(CacheState cache) {
        Command opening = CachesAtNode.opening(cache, !caches.wasOpenedInThisLife(cache));
        return of(cache, opening, reply -> {
            if (CachesAtNode.isAnother(reply) && cache.definition().isTyped()) {
                // One that the native API or a door made first has no types, and so can have these.
                greeted.drain(new ArrayDeque<>(
                        of(cache, CachesAtNode.attaching(cache), attached -> reopened(cache, attached))));
            } else {
                reopened(cache, reply);
            }
        });
    }

    private List<Call> of(CacheState cache, Command opening, Consumer<Reply> then) {
        List<Call> steps = new ArrayList<>(2);
        steps.add(step(opening, then));
        Command subscribing = CachesAtNode.subscribing(cache);
        if (subscribing != null) {
            steps.add(step(subscribing, reply -> {}));
        }
        return steps;
    }

    private Call step(Command command, Consumer<Reply> then) {
        left++;
        return Call.internal(command, callNanos, (Reply reply) -> {
            then.accept(reply);
            left--;
            if (left == 0 && !greeted.isGone()) {
                done.run();
            }
        });
    }

    private void reopened(CacheState cache, Reply reply) {
        if (!caches.isRegistered(cache)) {
            if (reply instanceof Reply.Opened) {
                caches.close(cache.handle());
            } else {
                LOG.debug("cache {} was closed while it was opened: {}", cache.name(), reply);
            }
        } else if (!caches.openedAs(cache, reply)) {
            greeted.fail("cache " + cache.name() + " could not be opened again: " + reply, null);
        }
    }
}
