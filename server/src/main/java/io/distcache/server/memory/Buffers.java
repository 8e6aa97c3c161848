package io.distcache.server.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes that a node holds for all its clients together, besides what is stored, against one bound: requests that come in, commands
 * that wait, replies and events that are not read. Each connection has an {@link Account}.
 *
 * <p>A large request waits for its turn until there is room for it, the smallest first, and for a limited time. When more is held than
 * the bound allows, whoever holds the most has to go; those who have not gone on for {@value #QUIET_TICKS} ticks come before those who
 * have. A client is never turned away for what others hold.
 *
 * <p>Thread-safe. No lock is held while a holder is told anything.
 */
public final class Buffers {
    private static final Logger LOG = LoggerFactory.getLogger(Buffers.class);
    /** A request that is longer waits for its turn. */
    public static final int LARGE_BYTES = 256 * 1024;
    /** A value of this length is not copied for a reader, who holds the stored array instead. */
    public static final int REFERRED_BYTES = 64 * 1024;

    /** A tick comes about every 50 ms: who has not gone on for 0.6 s stands still. */
    static final int QUIET_TICKS = 12;

    /** Who has a turn must go on faster than this between two ticks. */
    private static final int TURN_BYTES_PER_TICK = 32 * 1024;

    private static final long STALL_NANOS = 500_000_000;
    private static final long NOT_FOUND_NANOS = 10_000_000_000L;
    /** Of the bound: kept free of large requests, so that small ones find room beside them. */
    private static final int SMALL_SHARE = 64;

    /** A large request that waits until there is room. */
    private record Turn(Account account, long bytes, long sinceNanos, long untilNanos, Account.Granted then) {}

    private final long maxBytes;
    private final int copies;
    private final LongUnaryOperator heapBytes;
    private final LongSupplier unwritten;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final LongAdder refusals = new LongAdder();
    private final Set<Account> accounts = ConcurrentHashMap.newKeySet();

    // Guarded by itself: how many accounts hold an array of the store, which counts once.
    private final IdentityHashMap<byte[], Integer> referred = new IdentityHashMap<>();

    // Guarded by itself.
    private final PriorityQueue<Turn> turns =
            new PriorityQueue<>(Comparator.comparingLong(Turn::bytes).thenComparingLong(Turn::sinceNanos));
    private volatile boolean hasTurns;

    private volatile int notFoundBytes = Integer.MAX_VALUE;
    private volatile long notFoundNanos;

    private final Object choosing = new Object();
    /** What is given back soon, by those who were cut off. */
    private final AtomicLong doomed = new AtomicLong();

    /**
     * Buffers that take at most {@code maxBytes}.
     *
     * @param copies how often a large request is in memory while it is executed
     * @param heapBytes what an array of a length takes of the heap
     * @param unwritten bytes that were changes and that the log has yet to write: large requests wait for these
     */
    public Buffers(long maxBytes, int copies, LongUnaryOperator heapBytes, LongSupplier unwritten) {
        this.maxBytes = maxBytes;
        this.copies = copies;
        this.heapBytes = heapBytes;
        this.unwritten = unwritten;
    }

    /** What an array takes of the heap. */
    long heapBytes(long length) {
        return heapBytes.applyAsLong(length);
    }

    /** How many bytes a large request needs. */
    public long costOf(long requestBytes) {
        return heapBytes(requestBytes) * copies;
    }

    /** The longest request that a node with this bound can take at all. */
    public static long longestRequest(long maxBytes) {
        return maxBytes - maxBytes / SMALL_SHARE;
    }

    /** An account for one connection. */
    public Account open(Account.Holder holder) {
        Account account = new Account(this, holder);
        accounts.add(account);
        return account;
    }

    /** Bytes held now. */
    public long bytes() {
        return bytes.get();
    }

    /** The bound. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Requests that were refused and connections that were cut off for want of room. */
    public long refusals() {
        return refusals.sum();
    }

    // --- what accounts report ---

    void reported(long difference) {
        bytes.addAndGet(difference);
        if (difference < 0 && hasTurns) {
            grantTurns();
        }
    }

    void refer(byte[] array) {
        synchronized (referred) {
            if (referred.merge(array, 1, Integer::sum) > 1) {
                return;
            }
        }
        reported(heapBytes(array.length));
    }

    void forget(byte[] array) {
        synchronized (referred) {
            if (referred.merge(array, -1, (count, one) -> count == 1 ? null : count - 1) != null) {
                return;
            }
        }
        reported(-heapBytes(array.length));
    }

    void closed(Account account, long promised) {
        accounts.remove(account);
        doomed.addAndGet(-promised);
        synchronized (turns) {
            turns.removeIf(turn -> turn.account == account);
            hasTurns = !turns.isEmpty();
        }
        if (hasTurns) {
            grantTurns();
        }
    }

    // --- large arrays ---

    /**
     * An array for a large request, for which there is room; null if there is none in one piece. Looking for one costs a full
     * collection, or two: after one was not found, none of that length is looked for for a while.
     */
    byte @Nullable [] array(int length) {
        if (length >= notFoundBytes && System.nanoTime() - notFoundNanos < NOT_FOUND_NANOS) {
            return null;
        }
        try {
            return new byte[length];
        } catch (OutOfMemoryError e) {
            notFound(length);
            return null;
        }
    }

    void notFound(int length) {
        notFoundBytes = length;
        notFoundNanos = System.nanoTime();
        LOG.warn(
                "the heap has no {} bytes in one piece, although clients' requests and replies take {} of {}; large requests are"
                        + " refused for a while",
                length,
                bytes.get(),
                maxBytes);
    }

    void refused() {
        refusals.increment();
    }

    // --- the bound ---

    boolean isOver(long more) {
        return bytes.get() + more > maxBytes;
    }

    /**
     * Cuts off those who hold the most until there is room for so many bytes more.
     *
     * @return false if the one who asks holds the most itself
     */
    boolean makeRoom(Account asking, long more) {
        List<Account> victims = new ArrayList<>();
        boolean fits = true;
        synchronized (choosing) {
            while (fits && bytes.get() + more - doomed.get() > maxBytes) {
                Account largest = largest(asking, more);
                fits = largest != null && largest != asking;
                if (fits && largest != null) {
                    doomed.addAndGet(largest.doom());
                    victims.add(largest);
                }
            }
        }
        victims.forEach(victim -> cutOff(victim, "the node's clients hold too much, and it holds the most"));
        return fits;
    }

    private @Nullable Account largest(Account asking, long more) {
        Account largest = null;
        Account largestQuiet = null;
        long most = 0;
        long mostQuiet = 0;
        for (Account account : accounts) {
            if (account.isDoomed()) {
                continue;
            }
            long size = account.size() + (account == asking ? more : 0);
            // Of equals the one who asks goes: the others were here before.
            if (size > most || (size == most && account == asking)) {
                largest = account;
                most = size;
            }
            if (account != asking && account.isQuiet() && size > mostQuiet) {
                largestQuiet = account;
                mostQuiet = size;
            }
        }
        return largestQuiet != null && mostQuiet >= Account.GRAIN_BYTES ? largestQuiet : largest;
    }

    void cutOff(Account victim, String why) {
        refused();
        victim.cutOff(why + ": " + victim.size() + " bytes of " + bytes.get() + ", allowed are " + maxBytes
                + " in all (server.max-buffered-bytes)");
    }

    /** Whether so many bytes more may wait, of an account that has some waiting; counts them if so. */
    boolean takeWaiting(long has, long more) {
        // A half is left for what does not wait, and those who have little waiting are not refused for the others.
        boolean taken = waiting.addAndGet(more) <= maxBytes / 2 || has + more <= maxBytes / SMALL_SHARE;
        if (!taken) {
            waiting.addAndGet(-more);
            refused();
        }
        return taken;
    }

    void giveWaiting(long less) {
        waiting.addAndGet(-less);
    }

    // --- turns ---

    boolean reserve(Account account, long more, long patienceNanos, Account.Granted then) {
        synchronized (turns) {
            if (fits(more)) {
                return account.takeTurn(more);
            }
            long now = System.nanoTime();
            turns.add(new Turn(account, more, now, now + patienceNanos, then));
            hasTurns = true;
        }
        return false;
    }

    private boolean fits(long more) {
        // Twice: what the log has yet to write is copied as it grows.
        return bytes.get() + 2 * unwritten.getAsLong() + more <= longestRequest(maxBytes);
    }

    private void grantTurns() {
        List<Turn> granted = new ArrayList<>();
        synchronized (turns) {
            for (Turn next = turns.peek(); next != null && fits(next.bytes); next = turns.peek()) {
                turns.remove();
                if (next.account.takeTurn(next.bytes)) {
                    granted.add(next);
                }
            }
            hasTurns = !turns.isEmpty();
        }
        granted.forEach(turn -> turn.then.granted(true));
    }

    /** Ends turns that were waited for too long, and the connections of those who hold up others; to be called every 50 ms. */
    public void tick() {
        if (!hasTurns && bytes.get() < maxBytes / 4) {
            return;
        }
        accounts.forEach(account -> account.tick(TURN_BYTES_PER_TICK));
        if (!hasTurns) {
            return;
        }
        long now = System.nanoTime();
        List<Turn> over = new ArrayList<>();
        long wanted = 0;
        synchronized (turns) {
            turns.removeIf(turn -> now - turn.untilNanos >= 0 && over.add(turn));
            hasTurns = !turns.isEmpty();
            Turn next = turns.peek();
            if (next != null && now - next.sinceNanos >= STALL_NANOS) {
                wanted = next.bytes;
            }
        }
        over.forEach(turn -> {
            refused();
            turn.then.granted(false);
        });
        if (wanted > 0) {
            cutOffWhoHoldsUp(wanted);
        }
        grantTurns();
    }

    private void cutOffWhoHoldsUp(long wanted) {
        Account most = null;
        synchronized (choosing) {
            for (Account account : accounts) {
                if (!account.isDoomed()
                        && account.isQuiet()
                        && account.size() >= wanted / 16
                        && (most == null || account.size() > most.size())) {
                    most = account;
                }
            }
            if (most == null || bytes.get() - doomed.get() + wanted <= longestRequest(maxBytes)) {
                return;
            }
            doomed.addAndGet(most.doom());
        }
        cutOff(most, "others wait for the room that it takes, and it does not go on");
    }
}
