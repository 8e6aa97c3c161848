package io.distcache.server.memory;

import java.util.IdentityHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a node holds for one connection. Small changes are kept here, and told to {@link Buffers} when they come to {@value #GRAIN_BYTES}
 * bytes, so that many connections do not meet at one counter. Thread-safe.
 */
public final class Account implements AutoCloseable {
    static final int GRAIN_BYTES = 2048;

    /** Holds what it likes, and is never cut off: of a session that has no connection. */
    public static final Account UNBOUNDED = new Buffers(Long.MAX_VALUE / 4, 1, bytes -> bytes, () -> 0)
            .open(new Holder() {
                @Override
                public void cutOff(String why) {}
            });

    /** Whose account it is. */
    public interface Holder {
        /** The connection has to end; called on any thread, must not block. */
        void cutOff(String why);
    }

    /** Gets to know how waiting for a turn ended. */
    public interface Granted {
        /** The bytes are held from now on, or there will be no room for them; called on any thread, must not block. */
        void granted(boolean there);
    }

    private final Buffers node;
    private final Holder holder;

    // Guarded by this.
    private final IdentityHashMap<byte[], Integer> referred = new IdentityHashMap<>(1);
    private long held;
    private long reported;
    private long referredBytes;
    private long waitingBytes;
    private long turnBytes;
    private long promised;
    private boolean closed;
    private boolean doomed;

    /** Written by the event loop, read by whoever ticks. */
    private volatile long movedBytes;

    private long seenBytes;
    private volatile int quietTicks;

    Account(Buffers node, Holder holder) {
        this.node = node;
        this.holder = holder;
    }

    // --- bytes of its own ---

    /** So many more are held, or fewer. Whoever holds the most is cut off if it is too much, perhaps this one. */
    public void add(long bytes) {
        if (bytes != 0) {
            change(bytes);
            if (bytes > 0 && node.isOver(0)) {
                enforce();
            }
        }
    }

    /** What an array takes of the heap. */
    public long heapBytes(long length) {
        return node.heapBytes(length);
    }

    /** So many more are held, if there is room or others hold more than this one would. */
    public boolean take(long bytes) {
        if (node.isOver(bytes) && !node.makeRoom(this, bytes)) {
            node.refused();
            return false;
        }
        change(bytes);
        return true;
    }

    private void enforce() {
        if (!node.makeRoom(this, 0) && size() >= GRAIN_BYTES) {
            synchronized (this) {
                if (doomed || closed) {
                    return;
                }
                doomed = true;
            }
            node.cutOff(this, "the node's clients hold too much, and it holds the most");
        }
    }

    private void change(long bytes) {
        long difference;
        synchronized (this) {
            if (closed) {
                return;
            }
            held += bytes;
            difference = held - reported;
            if (Math.abs(difference) < GRAIN_BYTES && (held != 0 || reported == 0)) {
                return;
            }
            reported = held;
        }
        node.reported(difference);
    }

    // --- arrays of the store ---

    /** An array of the store is held until it is no longer {@link #forget}: once, however many accounts hold it. */
    public void refer(byte[] array) {
        synchronized (this) {
            if (closed || referred.merge(array, 1, Integer::sum) > 1) {
                return;
            }
            referredBytes += node.heapBytes(array.length);
        }
        node.refer(array);
        if (node.isOver(0)) {
            enforce();
        }
    }

    /** It is held once less. */
    public void forget(byte[] array) {
        synchronized (this) {
            if (closed || referred.merge(array, -1, (count, one) -> count == 1 ? null : count - 1) != null) {
                return;
            }
            referredBytes -= node.heapBytes(array.length);
        }
        node.forget(array);
    }

    // --- what waits for others ---

    /** A command of so many bytes is to wait for somebody else; false if too much waits already. */
    public boolean takeWaiting(long length) {
        long bytes = node.heapBytes(length);
        synchronized (this) {
            if (closed || !node.takeWaiting(waitingBytes, bytes)) {
                return false;
            }
            waitingBytes += bytes;
        }
        add(bytes);
        return true;
    }

    /** It waits no longer. */
    public void giveWaiting(long length) {
        long bytes = node.heapBytes(length);
        synchronized (this) {
            if (closed) {
                return;
            }
            waitingBytes -= bytes;
        }
        node.giveWaiting(bytes);
        change(-bytes);
    }

    // --- turns ---

    /**
     * Asks for room for a large request.
     *
     * @param then told later, if the answer is false
     * @return whether the bytes are held now; {@link #giveTurn} gives them back
     */
    public boolean reserve(long bytes, long patienceMillis, Granted then) {
        return node.reserve(this, bytes, TimeUnit.MILLISECONDS.toNanos(patienceMillis), then);
    }

    boolean takeTurn(long bytes) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            turnBytes += bytes;
            quietTicks = 0;
        }
        change(bytes);
        return true;
    }

    /** An array for what was reserved; null if the heap has none in one piece. */
    public byte @Nullable [] array(int length) {
        byte[] array = node.array(length);
        if (array == null) {
            node.refused();
        }
        return array;
    }

    /** The heap had no array of this length. */
    public void notFound(int length) {
        node.notFound(length);
        node.refused();
    }

    /** A large request has been executed, or is no more. */
    public void giveTurn(long bytes) {
        synchronized (this) {
            if (closed) {
                return;
            }
            turnBytes -= bytes;
        }
        change(-bytes);
    }

    // --- the largest ---

    /** The client has sent or read so many bytes; confined to the connection's event loop. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    public void moved(long bytes) {
        movedBytes += bytes;
    }

    void tick(long leastOfTurn) {
        long moved = movedBytes;
        boolean goesOn;
        synchronized (this) {
            goesOn = moved - seenBytes >= (turnBytes > 0 ? leastOfTurn : 1);
        }
        seenBytes = moved;
        quietTicks = goesOn ? 0 : Math.min(Buffers.QUIET_TICKS, quietTicks + 1);
    }

    boolean isQuiet() {
        return quietTicks >= Buffers.QUIET_TICKS;
    }

    /** Bytes held, those that others hold too included. */
    public synchronized long size() {
        return held + referredBytes;
    }

    synchronized boolean isDoomed() {
        return doomed || closed;
    }

    /** Is to be cut off; what it will give back. */
    synchronized long doom() {
        if (closed) {
            return 0;
        }
        doomed = true;
        promised = held + referredBytes;
        return promised;
    }

    void cutOff(String why) {
        holder.cutOff(why);
    }

    /** The connection has ended, and nothing is held for it any more. */
    @Override
    public void close() {
        long reportedLast;
        long waitingLast;
        long promisedLast;
        IdentityHashMap<byte[], Integer> arrays;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            reportedLast = reported;
            waitingLast = waitingBytes;
            promisedLast = promised;
            arrays = new IdentityHashMap<>(referred);
            referred.clear();
            held = 0;
            referredBytes = 0;
        }
        node.giveWaiting(waitingLast);
        arrays.keySet().forEach(node::forget);
        node.reported(-reportedLast);
        node.closed(this, promisedLast);
    }
}
