package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one part of a cache whose deadlines accesses have moved here by so little that the log has not been told yet, with the
 * deadlines that the log has. Few: those that were accessed more than once lately. Guarded by the shard's lock.
 *
 * <pre>
 *  an access   the deadline would be a tenth of its ttl, or 1 s, later than the log's -> appended, nothing is here
 *                                                                       less than that -> moved in the table, the log's is here
 *  1 s later   or with any other change of the entry: appended, with that it goes from here
 *  leadership ends, or a snapshot: what is here is what counts
 * </pre>
 */
final class MovedDeadlines {
    /** How much later than the log's a deadline is here at most, and for how long. */
    static final long MOST_MILLIS = 1000;

    private static final int PART_OF_TTL = 10;
    private static final int MOST_ENTRIES = 1024;

    /** An entry that was moved, its version, the deadline that the log has, and since when it has another here. */
    private record Moved(long version, long logged, long sinceMillis) {}

    private @Nullable Map<Bytes, Moved> moved;

    boolean isEmpty() {
        return moved == null;
    }

    /** From how much on a deadline is too late not to be in the log, for entries that live so long after an access. */
    static long most(long ttlMillis) {
        return Math.min(ttlMillis / PART_OF_TTL, MOST_MILLIS);
    }

    /** The deadline that the log has of an entry that has this one here. */
    long logged(Bytes key, long version, long here) {
        Moved entry = moved == null ? null : moved.get(key);
        return entry == null || entry.version != version ? here : entry.logged;
    }

    /**
     * Notes that an entry has a later deadline here from now on.
     *
     * @param logged the one that the log has
     * @return whether there was room for it
     */
    boolean add(Bytes key, long version, long logged, long nowMillis) {
        Map<Bytes, Moved> all = moved;
        if (all == null) {
            all = new LinkedHashMap<>();
            moved = all;
        }
        Moved before = all.get(key);
        if (before != null && before.version == version) {
            return true;
        }
        if (before == null && all.size() >= MOST_ENTRIES) {
            return false;
        }
        all.remove(key);
        all.put(key, new Moved(version, logged, nowMillis));
        return true;
    }

    /** The log has what is here. */
    void remove(Bytes key) {
        if (moved != null && moved.remove(key) != null && moved.isEmpty()) {
            moved = null;
        }
    }

    /** Keys of entries that were moved up to that time. */
    List<Bytes> until(long millis) {
        List<Bytes> found = new ArrayList<>();
        if (moved != null) {
            for (Map.Entry<Bytes, Moved> entry : moved.entrySet()) {
                // In the order in which they came.
                if (entry.getValue().sinceMillis > millis) {
                    break;
                }
                found.add(entry.getKey());
            }
        }
        return found;
    }

    /** All keys. */
    List<Bytes> keys() {
        return moved == null ? List.of() : List.copyOf(moved.keySet());
    }

    /** None is here any more. */
    void clear() {
        moved = null;
    }
}
