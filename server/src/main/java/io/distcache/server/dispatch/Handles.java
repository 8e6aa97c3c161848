package io.distcache.server.dispatch;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** From the handle in a command to the cache that its client has open under it. Stateless. */
final class Handles {
    private Handles() {}

    static Reply.Failure unknown(int handle) {
        return new Reply.Failure(Status.NO_SUCH_CACHE, "no cache is open under handle " + handle);
    }

    /** What an action answers for the cache under a handle; or that there is none, or that it was destroyed. */
    static @Nullable Reply with(ClientSession session, int handle, Function<Cache, @Nullable Reply> action) {
        Cache cache = session.cache(handle);
        return cache == null || cache.isDestroyed() ? gone(cache, handle) : action.apply(cache);
    }

    /** Why the cache under a handle is not there to be used. */
    static Reply.Failure gone(@Nullable Cache cache, int handle) {
        return cache == null
                ? unknown(handle)
                : new Reply.Failure(
                        Status.NO_SUCH_CACHE, "cache " + cache.definition().name() + " was destroyed");
    }
}
