package io.distcache.server.store;

import org.jspecify.annotations.Nullable;

/**
 * Finds expired entries without looking at the others.
 *
 * <p>A timer is the hash of a key, four bytes; the deadline is read from the map when it falls due. One rule keeps it
 * complete: <em>an entry with a deadline has a timer that fires no later</em>. So who writes a deadline calls {@link
 * #deadlineMoved}, which adds a timer only if the deadline came nearer; a touch that moves it away costs nothing, and
 * the timer that fires early is set again. Nothing is ever taken out: timers of entries removed, replaced or evicted
 * fire in vain. When more than half of all timers must be such, they are made anew from the map, some entries with each
 * call, while the old ones go on firing until that is complete. Hence timers stay below about twice the entries with
 * a deadline, however often keys are overwritten.
 *
 * <p>An entry is found at most one tick after its deadline, given calls that often; never before it. When time jumps
 * back, nothing is lost and nothing expires early.
 *
 * <p>Guarded by the shard's lock.
 */
public final class ExpiryWheel {

    static final long TICK_MILLIS = 128;

    private static final int USELESS_TIMERS_ALLOWED = 1024;
    private static final int RENEWED_PER_CALL = 16;

    private final EntryMap entries;
    private final int uselessTimersAllowed;
    private TimerBuckets timers = new TimerBuckets();
    private @Nullable TimerBuckets outgoing;
    private long renewCursor;
    private long tick;

    /** A wheel for the entries of {@code entries}, none of which has a deadline yet. */
    public ExpiryWheel(EntryMap entries, long nowMillis) {
        this(entries, nowMillis, USELESS_TIMERS_ALLOWED);
    }

    ExpiryWheel(EntryMap entries, long nowMillis, int uselessTimersAllowed) {
        this.entries = entries;
        this.uselessTimersAllowed = uselessTimersAllowed;
        this.tick = tickBefore(nowMillis);
    }

    /** A wheel for other entries, none of which has a deadline yet, that goes on at this one's time. */
    public ExpiryWheel ofNone(EntryMap others) {
        ExpiryWheel made = new ExpiryWheel(others, 0, uselessTimersAllowed);
        made.tick = tick;
        return made;
    }

    /**
     * To be called when a deadline was written, in place or with a new record.
     *
     * @param fromMillis the deadline before; {@link EntryRecord#NO_DEADLINE} if the entry is new or had none
     * @param toMillis the deadline now; {@link EntryRecord#NO_DEADLINE} if there is none any more
     */
    public void deadlineMoved(int hash, long fromMillis, long toMillis) {
        if (toMillis < fromMillis) {
            schedule(hash, toMillis);
        }
    }

    /** Adds a timer. */
    public void schedule(int hash, long deadlineMillis) {
        addTimer(hash, deadlineMillis);
        renew(RENEWED_PER_CALL);
    }

    /**
     * Hands over entries whose deadline has come, and looks at no more than {@code maxChecks} timers.
     *
     * @param expired removes the entry from the map; one that it leaves there is handed over again at a later call
     * @return whether more timers are due already, so that another call soon makes sense
     */
    public boolean advance(long nowMillis, int maxChecks, RecordVisitor expired) {
        long nowTick = tickBefore(nowMillis);
        if (nowTick > tick) {
            timers.collect(tick, nowTick);
            if (outgoing != null) {
                outgoing.collect(tick, nowTick);
            }
        }
        tick = nowTick;
        int checks = 0;
        while (checks < maxChecks && outgoing != null && outgoing.hasDue()) {
            check(outgoing.pollDue(), nowMillis, expired);
            checks++;
        }
        while (checks < maxChecks && timers.hasDue()) {
            check(timers.pollDue(), nowMillis, expired);
            checks++;
        }
        renew(maxChecks);
        return timers.hasDue() || (outgoing != null && outgoing.hasDue());
    }

    /** Number of timers, useless ones included. */
    public int size() {
        return timers.size() + (outgoing == null ? 0 : outgoing.size());
    }

    /** Heap taken by the timers, in bytes. */
    public long bytes() {
        return timers.bytes() + (outgoing == null ? 0 : outgoing.bytes());
    }

    /** Forgets all timers; for use together with {@link EntryMap#clear()}. */
    public void clear() {
        timers = new TimerBuckets();
        outgoing = null;
    }

    private void check(int hash, long nowMillis, RecordVisitor expired) {
        long next = EntryRecord.NO_DEADLINE;
        int index = 0;
        byte[] record = entries.ofHash(hash, index);
        while (record != null) {
            if (EntryRecord.isExpired(record, nowMillis)) {
                expired.visit(record, hash);
            }
            byte[] after = entries.ofHash(hash, index);
            if (after == record) {
                next = Math.min(next, EntryRecord.deadlineMillis(record));
                index++;
                after = entries.ofHash(hash, index);
            }
            record = after;
        }
        if (next != EntryRecord.NO_DEADLINE) {
            addTimer(hash, next);
        }
    }

    private void addTimer(int hash, long deadlineMillis) {
        timers.add(hash, Math.max(tickAfter(deadlineMillis), tick + 1), tick);
    }

    private void renew(int maxEntries) {
        if (outgoing == null) {
            if (timers.size() <= 2L * entries.expirable() + uselessTimersAllowed) {
                return;
            }
            outgoing = timers;
            timers = new TimerBuckets();
            renewCursor = EntryMap.SCAN_START;
        }
        if (renewCursor != EntryMap.SCAN_END) {
            renewCursor = entries.scan(renewCursor, maxEntries, this::renewTimer);
        }
        // What is due already was renewed for the next tick; let it fire now.
        if (renewCursor == EntryMap.SCAN_END && !outgoing.hasDue()) {
            outgoing = null;
        }
    }

    private void renewTimer(byte[] record, int hash) {
        if (EntryRecord.hasDeadline(record)) {
            addTimer(hash, EntryRecord.deadlineMillis(record));
        }
    }

    /** The last tick that has begun. */
    private static long tickBefore(long millis) {
        return Math.floorDiv(millis, TICK_MILLIS);
    }

    /** The first tick that begins no earlier, since a timer that fires early is a wasted look. */
    private static long tickAfter(long millis) {
        return millis == Long.MIN_VALUE ? tickBefore(millis) : Math.floorDiv(millis - 1, TICK_MILLIS) + 1;
    }
}
