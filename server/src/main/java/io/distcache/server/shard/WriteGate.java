package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The port to what knows the other nodes: why a session may not change a key here now, and who has to be told that it was changed here. It
 * is asked under the shard's lock, so it must be quick and must not block. Implementations are thread-safe.
 */
public interface WriteGate {
    /** What a node says that is on its own, or to which the key belongs: the change may go on, and nobody has to be told. */
    Passage OPEN = new Passage(null, List.of());

    /**
     * Whether a change may go on.
     *
     * @param wholeCache whether it is part of a change of a whole cache, which may be of keys of others and has told them already
     */
    Passage passage(Session session, Bytes key, boolean wholeCache);

    /** Where the hints are that tell a member which keys of a cache were changed here on its behalf. */
    CacheHints hints(String member, Cache cache);

    /**
     * What becomes of a change.
     *
     * @param refusal why it may not be made here now; null if it may
     * @param onBehalfOf the members that serve the key before this node does; they have to be told when they are back
     */
    record Passage(Reply.@Nullable Failure refusal, List<String> onBehalfOf) {}

    /** The hints for one member about one cache. Implementations are thread-safe. */
    interface CacheHints {
        /** Whether the member is being told now: then a hint that is there already must be renewed. */
        boolean areHandedOver();

        /** Whether all of the cache's entries count as changed, so that no key needs a hint of its own. */
        boolean isEverything();

        /** All of the cache's entries count as changed from now on. */
        void everythingChanged();

        /** Whether no more keys are to be remembered. */
        boolean isFull();

        /** The cache whose keys are those that were changed; made if it is not there. */
        Cache keysOrNew();
    }
}
