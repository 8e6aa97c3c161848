package io.distcache.server.frontdoor.stream;

import java.util.concurrent.atomic.LongAdder;

/** What went through one front door since the start, or since somebody reset it. Thread-safe. */
public final class Traffic {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder readBytes = new LongAdder();
    private final LongAdder writtenBytes = new LongAdder();
    private final LongAdder yields = new LongAdder();

    void accepted() {
        accepted.increment();
    }

    void refused() {
        refused.increment();
    }

    void read(long bytes) {
        readBytes.add(bytes);
    }

    void written(long bytes) {
        writtenBytes.add(bytes);
    }

    void yielded() {
        yields.increment();
    }

    /** Connections that were let in. */
    public long connections() {
        return accepted.sum();
    }

    /** Connections for which there was no room. */
    public long refusals() {
        return refused.sum();
    }

    /** Bytes that clients sent. */
    public long readBytes() {
        return readBytes.sum();
    }

    /** Bytes that were written for clients. */
    public long writtenBytes() {
        return writtenBytes.sum();
    }

    /** How often a client had to wait for others, since it asked for much at once. */
    public long yields() {
        return yields.sum();
    }

    /** Counts anew. */
    public void reset() {
        accepted.reset();
        refused.reset();
        readBytes.reset();
        writtenBytes.reset();
        yields.reset();
    }
}
