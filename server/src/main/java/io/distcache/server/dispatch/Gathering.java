package io.distcache.server.dispatch;

import io.distcache.protocol.Reply;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects the replies to the parts of one command, some of which come at once and some later, and answers when all are there.
 * Thread-safe.
 */
final class Gathering {
    private final @Nullable Reply[] replies;
    private final AtomicInteger missing;
    private final Function<List<Reply>, Reply> compose;
    private final Consumer<Reply> responder;

    Gathering(int parts, Function<List<Reply>, Reply> compose, Consumer<Reply> responder) {
        this.replies = new Reply[parts];
        // One more than there are parts: the last is taken by allAsked().
        this.missing = new AtomicInteger(parts + 1);
        this.compose = compose;
        this.responder = responder;
    }

    /** Of parts that each change an entry: the reply says how many were applied, see {@link #affected}. */
    static Gathering ofChanges(int parts, Consumer<Reply> responder) {
        return new Gathering(parts, Gathering::affected, responder);
    }

    /** Where the reply to a part goes if it comes later. */
    Consumer<Reply> part(int index) {
        return reply -> {
            replies[index] = reply;
            if (missing.decrementAndGet() == 0) {
                responder.accept(composed());
            }
        };
    }

    /** The reply to a part that came at once; null if it comes later. */
    void part(int index, @Nullable Reply reply) {
        if (reply != null) {
            replies[index] = reply;
            missing.decrementAndGet();
        }
    }

    /** All parts have been asked: the whole reply if nothing is missing, else null and it goes to the responder. */
    @Nullable
    Reply allAsked() {
        return missing.decrementAndGet() == 0 ? composed() : null;
    }

    private Reply composed() {
        @SuppressWarnings("NullAway") // every part has been answered
        List<Reply> all = Arrays.asList(replies);
        return compose.apply(all);
    }

    /** How many changes were applied; or the first failure, which says how many went through all the same. */
    private static Reply affected(List<Reply> replies) {
        int applied = 0;
        int existed = 0;
        Reply.Failure failure = null;
        for (Reply reply : replies) {
            if (reply instanceof Reply.Changed changed) {
                applied += changed.applied() ? 1 : 0;
                existed += changed.existed() ? 1 : 0;
            } else if (failure == null && reply instanceof Reply.Failure first) {
                failure = first;
            }
        }
        if (failure != null) {
            return new Reply.Failure(
                    failure.status(),
                    failure.message() + "; " + applied + " of " + replies.size() + " changes were applied");
        }
        return new Reply.Affected(applied, existed);
    }
}
