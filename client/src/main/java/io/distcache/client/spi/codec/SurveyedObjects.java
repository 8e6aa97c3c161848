package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the objects of a Java object stream, each by its handle: how much hangs on it, and what its hash is. So the keys of a
 * hash table can be counted before there is one. Confined to one call.
 */
final class SurveyedObjects {
    /** The handle of null. */
    static final int NONE = -1;

    private static final long UNCOUNTABLE = 1L << 40;

    private static final int OPEN = 1;
    private static final int CONTAINER = 2;
    /** A collection that is not complete can be reached from here through collections alone. */
    private static final int LOOP = 4;

    private static final int KNOWN_HASH = 8;

    private final Cost cost;
    private int handles;
    private byte[] kinds = new byte[16];
    private byte[] states = new byte[16];
    private int[] hashes = new int[16];
    private long[] sizes = new long[16];

    SurveyedObjects(Cost cost) {
        this.cost = cost;
    }

    /** Every how many objects of an annotation are keys, and whether equal hashes become trees. */
    record Keys(int step, boolean trees) {}

    /** How many there are. */
    int count() {
        return handles;
    }

    /** The object is being read, and has parts. */
    void open(int handle) {
        states[handle] |= OPEN;
    }

    /** The object is a collection, or an array of objects. */
    void container(int handle) {
        states[handle] |= CONTAINER;
    }

    /** The object was found to be so great. */
    void measured(int handle, long size) {
        sizes[handle] = size;
    }

    /** One more. */
    int handle(byte kind, long size) {
        if (handles == kinds.length) {
            int more = 2 * handles;
            kinds = Arrays.copyOf(kinds, more);
            states = Arrays.copyOf(states, more);
            hashes = Arrays.copyOf(hashes, more);
            sizes = Arrays.copyOf(sizes, more);
        }
        kinds[handles] = kind;
        sizes[handles] = size;
        return handles++;
    }

    void hash(int handle, int hash) {
        hashes[handle] = hash;
        states[handle] |= KNOWN_HASH;
    }

    long size(int handle) {
        return handle == NONE ? 0 : sizes[handle];
    }

    /** The object has been read. */
    int complete(int handle, Visit visit) {
        sizes[handle] = Math.min(UNCOUNTABLE, visit.size);
        states[handle] &= ~OPEN;
        if (visit.loops && (states[handle] & CONTAINER) != 0) {
            states[handle] |= LOOP;
        }
        return handle;
    }

    /** What one object refers to, so far. */
    final class Visit {
        private final int self;
        long size;
        private boolean loops;

        Visit(int self, long size) {
            this.self = self;
            this.size = size;
        }

        void add(int child) {
            if (child != NONE && child != self) { // A synchronized collection is its own mutex.
                size = Math.min(UNCOUNTABLE, size + sizes[child]);
                int state = states[child];
                loops |= (state & LOOP) != 0 || (state & (OPEN | CONTAINER)) == (OPEN | CONTAINER);
            }
        }
    }

    /** The keys of one hash table. */
    final class KeyCount {
        private static final int FEW = 16;
        private static final int COMPARISON_SHIFT = 1;

        final Keys keys;
        private long count;
        private long size;
        private int kindsSeen;
        private long strangers;
        private long strangerSize;
        private @Nullable HashTally tally;

        KeyCount(Keys keys) {
            this.keys = keys;
        }

        void add(int key) {
            if (key == NONE) {
                return;
            }
            int state = states[key];
            if ((state & LOOP) != 0 || (state & (OPEN | CONTAINER)) == (OPEN | CONTAINER)) {
                throw new SerializationLimitException(
                        SerializationLimits.MAX_DEPTH,
                        cost.limits().maxDepth(),
                        "has a hash table with a key that holds itself, so its hash has no end",
                        null);
            }
            count++;
            size += sizes[key];
            cost.work(sizes[key]);
            kindsSeen |= 1 << kinds[key];
            if (!keys.trees) {
                if ((state & KNOWN_HASH) == 0) {
                    strangers++;
                    strangerSize += sizes[key];
                } else {
                    tally = tally == null ? new HashTally() : tally;
                    cost.work(tally.add(hashes[key]) * sizes[key] >> COMPARISON_SHIFT);
                }
            }
        }

        /** Hashes of other objects than text and numbers are not known here: for all that is known they are the same. */
        void end() {
            boolean inOrder =
                    keys.trees && Integer.bitCount(kindsSeen) <= 1 && (kindsSeen & 1 << StreamClass.OTHER) == 0;
            if (keys.trees && !inOrder && count > FEW) {
                cost.work(count * size >> COMPARISON_SHIFT + 1);
            }
            if (strangers > FEW) {
                cost.work(strangers * strangerSize >> COMPARISON_SHIFT + 1);
            }
        }
    }
}
