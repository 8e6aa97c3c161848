package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.shard.Watch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The entries that a client watches: they must not have been changed when EXEC comes. Confined to its event loop. */
final class Watches {

    /** An entry that must not have been changed when EXEC comes. */
    record Watched(NamedCache keyspace, Bytes key, Watch watch, Runnable end) {}

    private final int most;
    private final Map<NamedCache, Map<Bytes, Watched>> watched = new HashMap<>();
    private int count;

    /** None yet, and at most so many. */
    Watches(int most) {
        this.most = most;
    }

    /** Watches an entry; false if there are too many. */
    boolean add(NamedCache keyspace, Bytes key) {
        Map<Bytes, Watched> ofKeyspace = watched.computeIfAbsent(keyspace, k -> new HashMap<>());
        if (ofKeyspace.containsKey(key)) {
            return true;
        }
        if (count >= most) {
            return false;
        }
        Watch watch = new Watch();
        ofKeyspace.put(key, new Watched(keyspace, key, watch, keyspace.watch(key, watch)));
        count++;
        return true;
    }

    List<Watched> all() {
        List<Watched> all = new ArrayList<>(count);
        watched.values().forEach(ofOne -> all.addAll(ofOne.values()));
        return all;
    }

    /** Watches nothing any more. */
    void end() {
        watched.values().forEach(ofOne -> ofOne.values().forEach(entry -> entry.end.run()));
        watched.clear();
        count = 0;
    }
}
