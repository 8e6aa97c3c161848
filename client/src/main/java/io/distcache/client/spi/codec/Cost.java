package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import org.jspecify.annotations.Nullable;

/**
 * What one object has cost so far, in the units of {@link SerializationLimits#maxReferences}. A writer counts exactly as the reader of
 * its bytes does. Confined to one call.
 */
final class Cost {
    /** Portable values nest at most this deep; anything deeper, and every cycle, is left to Java serialization. */
    static final int MAX_PORTABLE_DEPTH = 500;

    /** A collection costs as many units more than a scalar, for the tables that it allocates. */
    private static final int CONTAINER = 3;
    /** So many characters cost as much as an object. */
    private static final int TEXT_SHIFT = 6;

    private static final int SMALL_NUMBER_BYTES = 64;

    private final SerializationLimits limits;
    private final long maxReferences;
    private final int maxPortableDepth;
    private long size;
    private long spent;
    private int depth;

    Cost(SerializationLimits limits) {
        this.limits = limits;
        this.maxReferences = limits.maxReferences();
        this.maxPortableDepth = Math.min(MAX_PORTABLE_DEPTH, limits.maxDepth());
    }

    SerializationLimits limits() {
        return limits;
    }

    /** How much has been read or written: the difference of two is the size of what lies between. */
    long size() {
        return size;
    }

    /** One more object, or null. */
    void item() {
        size++;
        spend(1);
    }

    void items(long count) {
        size += count;
        spend(count);
    }

    /** The item is a collection, a map or an array of objects. */
    void container() {
        items(CONTAINER);
    }

    void text(int length) {
        items(length >>> TEXT_SHIFT);
    }

    /** Comparing decimals takes powers of ten as long as they are. */
    void decimal(int bytes) {
        if (bytes > SMALL_NUMBER_BYTES) {
            work((long) (bytes * Math.sqrt(bytes)) >> 4);
        }
    }

    /** What is done with objects that are there already. */
    void work(long units) {
        spend(units);
    }

    private void spend(long units) {
        spent += units;
        if (spent > maxReferences || spent < 0) {
            throw new SerializationLimitException(
                    SerializationLimits.MAX_REFERENCES,
                    maxReferences,
                    "consists of more objects, or its hash tables have to visit more, than may be",
                    null);
        }
    }

    void array(long length) {
        if (length > limits.maxArrayLength()) {
            throw new SerializationLimitException(
                    SerializationLimits.MAX_ARRAY_LENGTH,
                    limits.maxArrayLength(),
                    "holds an array of " + length + " elements",
                    null);
        }
    }

    static void bytes(long length, SerializationLimits limits) {
        if (length > limits.maxBytes()) {
            throw new SerializationLimitException(
                    SerializationLimits.MAX_BYTES, limits.maxBytes(), "takes " + length + " bytes or more", null);
        }
    }

    // --- depth ---

    /** Whether one more level is more than a portable value may have. */
    boolean isDeepest() {
        return depth >= maxPortableDepth;
    }

    void enter() {
        depth++;
        if (depth > maxPortableDepth) {
            throw tooDeep(
                    limits,
                    maxPortableDepth < limits.maxDepth()
                            ? "is portable and nested deeper than " + MAX_PORTABLE_DEPTH + ", as nobody writes it"
                            : "is nested deeper",
                    null);
        }
    }

    void leave() {
        depth--;
    }

    static SerializationLimitException tooDeep(SerializationLimits limits, String found, @Nullable Throwable cause) {
        return new SerializationLimitException(SerializationLimits.MAX_DEPTH, limits.maxDepth(), found, cause);
    }

    /** The stack of this thread did not suffice. */
    static SerializationLimitException overflow(SerializationLimits limits, StackOverflowError cause) {
        return tooDeep(
                limits,
                "is nested deeper than the stack of " + Thread.currentThread().getName() + " allows (-Xss)",
                cause);
    }

    // --- to try again ---

    /** Where a reader stands that may have to start again from here. */
    record Mark(long size, long spent) {}

    Mark mark() {
        return new Mark(size, spent);
    }

    void reset(Mark mark) {
        size = mark.size;
        spent = mark.spent;
    }
}
