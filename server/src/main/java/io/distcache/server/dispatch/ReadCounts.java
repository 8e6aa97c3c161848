package io.distcache.server.dispatch;

import io.distcache.protocol.Reply;
import java.util.concurrent.atomic.LongAdder;

/** How many reads of all doors found their entry, and how many did not, since the start. Thread-safe. */
public final class ReadCounts {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /** Reads that found their entry. */
    public long hits() {
        return hits.sum();
    }

    /** Reads that did not. */
    public long misses() {
        return misses.sum();
    }

    /** Counts a read by its reply, which is returned. */
    Reply counted(Reply reply) {
        count(reply instanceof Reply.Value);
        return reply;
    }

    void count(boolean found) {
        (found ? hits : misses).increment();
    }
}
