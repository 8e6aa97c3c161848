package io.distcache.jcache.internal.event;

import java.time.Duration;

/**
 * Whether calls wait for the synchronous listeners that a cache has in this process. Listeners that let a call wait for as long as is
 * allowed are late: they get their events as before, and no call waits for them until they have caught up, which is when nothing is
 * queued for them any more. Those that are late again without having been in time in between are slow rather than stuck: calls wait
 * for them again only after an event that was dealt with in time. Thread-safe.
 */
final class Patience {
    private final long limitNanos;
    private volatile boolean late;
    /** Whether they have been in time since calls last began to wait for them. */
    private boolean inTime = true;

    private boolean trusted;

    /** With listeners that calls wait for, up to {@code limit}. */
    Patience(Duration limit) {
        this.limitNanos = limit.toNanos();
    }

    /** Whether no call waits for them at present. */
    boolean isOver() {
        return late;
    }

    /** A call has waited in vain; whether that is news. */
    synchronized boolean end() {
        if (late) {
            return false;
        }
        late = true;
        trusted = inTime;
        inTime = false;
        return true;
    }

    /**
     * They are done with an event.
     *
     * @param queuedNanos when it was queued, by {@link System#nanoTime}
     * @param isLast whether no other is queued
     * @return whether they have caught up by that
     */
    synchronized boolean ran(long queuedNanos, boolean isLast) {
        boolean wasInTime = System.nanoTime() - queuedNanos <= limitNanos;
        if (!late) {
            inTime |= wasInTime;
            return false;
        }
        if (!wasInTime && !(trusted && isLast)) {
            return false;
        }
        late = false;
        inTime = wasInTime;
        return true;
    }
}
