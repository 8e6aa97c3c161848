package io.distcache.server.replication;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * What of the things asked of a group was done, so that what comes a second time is not done again. Each process that asks has a random number
 * of its own, the start, and counts; it says which of its numbers is the lowest that it still waits for. Part of what the group agrees on, so it
 * goes by nothing but what it is given. Confined to the consensus loop.
 */
final class DoneOnce {
    /** Processes that are remembered; what an earlier one asked is no longer under way by then. */
    private static final int MOST_STARTS = 64;

    private static final class OfStart {
        private long firstOpen = Long.MIN_VALUE;
        private final TreeSet<Long> done = new TreeSet<>();
    }

    private final Map<Long, OfStart> starts = new LinkedHashMap<>();

    /** Whether something is to be done now; if not, it was done before. */
    boolean isFirst(long start, long number, long firstOpen) {
        OfStart of = starts.computeIfAbsent(start, made -> new OfStart());
        boolean isFirst = number >= of.firstOpen && of.done.add(number);
        of.firstOpen = Math.max(of.firstOpen, firstOpen);
        of.done.headSet(of.firstOpen).clear();
        if (starts.size() > MOST_STARTS) {
            Iterator<Long> eldest = starts.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        return isFirst;
    }

    /** Bytes that {@link #write} writes. */
    int bytes() {
        int bytes = Integer.BYTES;
        for (OfStart of : starts.values()) {
            bytes += 2 * Long.BYTES + Integer.BYTES + of.done.size() * Long.BYTES;
        }
        return bytes;
    }

    void write(ByteBuffer out) {
        out.putInt(starts.size());
        starts.forEach((start, of) -> {
            out.putLong(start).putLong(of.firstOpen).putInt(of.done.size());
            of.done.forEach(out::putLong);
        });
    }

    /** All is as another member had it. */
    void read(ByteBuffer in) {
        starts.clear();
        for (int i = in.getInt(); i > 0; i--) {
            OfStart of = new OfStart();
            starts.put(in.getLong(), of);
            of.firstOpen = in.getLong();
            for (int done = in.getInt(); done > 0; done--) {
                of.done.add(in.getLong());
            }
        }
    }
}
