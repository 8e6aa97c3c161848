package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What writes have been dropped, by the node that would have taken them, where no other node could be told to remember it. It is
 * invalidated there before calls go to the node again, so that nobody reads what a dropped write would have overwritten. Past a
 * bound it is the whole cache. Thread-safe.
 */
final class DroppedWrites {
    private static final int MAX_KEYS = 10_000;
    private static final long MAX_BYTES = 1 << 20;
    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 32 << 10;

    private record CacheName(String namespace, String name) {}

    /** Of one cache. */
    private static final class Dropped {
        private final Set<Bytes> keys = new HashSet<>();
        private long bytes;
        private boolean everything;

        void add(@Nullable Bytes key) {
            if (key == null) {
                everything = true;
            } else if (!everything && keys.add(key)) {
                bytes += key.length();
                everything = keys.size() > MAX_KEYS || bytes > MAX_BYTES;
            }
            if (everything) {
                keys.clear();
            }
        }

        List<Bytes> takeBatch() {
            List<Bytes> batch = new ArrayList<>();
            long size = 0;
            Iterator<Bytes> left = keys.iterator();
            while (left.hasNext() && batch.size() < BATCH_KEYS && size < BATCH_BYTES) {
                Bytes key = left.next();
                left.remove();
                batch.add(key);
                size += key.length();
            }
            bytes -= size;
            return batch;
        }
    }

    private final Map<SocketSession, Map<CacheName, Dropped>> bySession = new HashMap<>();
    /** The link of each session up to which nothing is left to be invalidated. */
    private final Map<SocketSession, Integer> settled = new HashMap<>();

    /**
     * A write to a node is dropped.
     *
     * @param key null for all entries
     * @return false if calls go to the node again, and so this one should
     */
    synchronized boolean add(SocketSession session, CacheDefinition cache, @Nullable Bytes key) {
        int link = session.link();
        if (link != 0 && Integer.valueOf(link).equals(settled.get(session))) {
            return false;
        }
        of(session, new CacheName(cache.namespace(), cache.name())).add(key);
        return true;
    }

    private Dropped of(SocketSession session, CacheName cache) {
        return bySession
                .computeIfAbsent(session, s -> new LinkedHashMap<>())
                .computeIfAbsent(cache, c -> new Dropped());
    }

    /**
     * Takes out what is to be invalidated next on a node; null if nothing is left, and then writes over this link are dropped no more.
     */
    synchronized Command.@Nullable Invalidate take(SocketSession session, int link) {
        Map<CacheName, Dropped> caches = bySession.get(session);
        if (caches == null) {
            settled.put(session, link);
            return null;
        }
        Map.Entry<CacheName, Dropped> first = caches.entrySet().iterator().next();
        Dropped dropped = first.getValue();
        CacheName name = first.getKey();
        boolean everything = dropped.everything;
        List<Bytes> batch = dropped.takeBatch();
        if (dropped.keys.isEmpty()) {
            caches.remove(name);
        }
        if (caches.isEmpty()) {
            bySession.remove(session);
        }
        return new Command.Invalidate(name.namespace(), name.name(), everything, batch);
    }

    /** What was taken could not be invalidated. */
    synchronized void putBack(SocketSession session, Command.Invalidate what) {
        Dropped dropped = of(session, new CacheName(what.namespace(), what.name()));
        what.keys().forEach(dropped::add);
        if (what.everything()) {
            dropped.add(null);
        }
    }

    /** Who was not a member, or not known to be the only one, stood for all: what was dropped there is invalidated on each. */
    synchronized void spread(SocketSession from, Collection<SocketSession> to) {
        settled.remove(from);
        Map<CacheName, Dropped> caches = bySession.remove(from);
        if (caches == null) {
            return;
        }
        for (SocketSession session : to) {
            caches.forEach((name, dropped) -> {
                Dropped more = of(session, name);
                dropped.keys.forEach(more::add);
                if (dropped.everything) {
                    more.add(null);
                }
            });
        }
    }

    /** These are the members from now on. */
    synchronized void members(Collection<SocketSession> members) {
        List<SocketSession> gone = new ArrayList<>(bySession.keySet());
        gone.removeAll(members);
        gone.forEach(session -> spread(session, members));
        settled.keySet().retainAll(members);
    }
}
