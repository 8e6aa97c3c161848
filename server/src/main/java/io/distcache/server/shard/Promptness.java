package io.distcache.server.shard;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether commands wait for one client's synchronous listeners. A client that has let a command wait for as long as is allowed is late:
 * it gets its events as before, and nobody waits for it until it has caught up, which is when it has acknowledged everything that had been
 * sent to it. One that is late again before it has ever been in time is not frozen but slow: it is waited for only once it has
 * acknowledged an event within the limit. While it is late and connected it counts among the late. Thread-safe.
 */
final class Promptness {
    private static final long NONE = -1;

    private final long limitNanos;
    private final AtomicInteger lateClients;
    private long sent;
    private long acknowledged;
    private volatile boolean late;
    private boolean gone;
    /** Whether it has been in time since it was last waited for again; who never was late is trusted. */
    private boolean inTime = true;

    private boolean trusted;
    private long unawaited;
    private long target = NONE;
    private long targetNanos;
    private long probe = NONE;
    private long probeNanos;

    /** Of a client that has not been late; {@code lateClients} are how many are. */
    Promptness(long limitNanos, AtomicInteger lateClients) {
        this.limitNanos = limitNanos;
        this.lateClients = lateClients;
    }

    boolean isLate() {
        return late;
    }

    /** An event that the client is to acknowledge goes to it. */
    synchronized void sent(long id) {
        sent++;
        if (late) {
            unawaited++;
            if (!trusted && probe == NONE) {
                probe = id;
                probeNanos = System.nanoTime();
            }
        }
    }

    /** It has let a command wait for too long; whether that is news. */
    synchronized boolean missed() {
        if (late || gone) {
            return false;
        }
        late = true;
        lateClients.incrementAndGet();
        trusted = inTime;
        inTime = false;
        unawaited = 0;
        target = NONE;
        probe = NONE;
        return true;
    }

    /**
     * It has acknowledged an event.
     *
     * @param awaited whether somebody still waited for it
     * @return how many events it was sent without anybody waiting, if it has caught up now; -1 if not, or if it was not late
     */
    synchronized long acknowledged(long id, boolean awaited) {
        if (acknowledged == sent || gone) {
            return NONE; // More than there were, or nobody asks any more.
        }
        acknowledged++;
        if (!late) {
            inTime |= awaited;
            return NONE;
        }
        if (trusted ? !hasCaughtUp() : !wasInTime(id)) {
            return NONE;
        }
        late = false;
        lateClients.decrementAndGet();
        return unawaited;
    }

    /** Its connection has ended. */
    synchronized void gone() {
        if (late && !gone) {
            lateClients.decrementAndGet();
        }
        gone = true;
    }

    /** New events may come all the time, so it is enough to work off within the limit what was there at some moment. */
    private boolean hasCaughtUp() {
        if (acknowledged == sent) {
            return true;
        }
        long now = System.nanoTime();
        if (target != NONE && acknowledged >= target && now - targetNanos <= limitNanos) {
            return true;
        }
        if (target == NONE || acknowledged >= target) {
            target = sent;
            targetNanos = now;
        }
        return false;
    }

    private boolean wasInTime(long id) {
        if (id != probe) {
            return false;
        }
        probe = NONE; // If it was not, the next event shows.
        return System.nanoTime() - probeNanos <= limitNanos;
    }
}
