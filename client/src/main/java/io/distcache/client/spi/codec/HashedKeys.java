package io.distcache.client.spi.codec;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of one hash table cost it: each is hashed, which visits all of it, and compared with those of the same hash. Keys of
 * one class with an order cost nothing more where equal hashes become a tree, as in HashMap. Confined to one call.
 */
final class HashedKeys {
    /** Fewer keys than this cannot cost much. */
    private static final int FEW = 16;
    /** Most comparisons end at the first difference. */
    private static final int COMPARISON_SHIFT = 1;

    private static final Set<Class<?>> ORDERED =
            Set.of(String.class, Integer.class, Long.class, Short.class, Byte.class, Character.class, UUID.class);

    private final Cost cost;
    private boolean ordered;
    private @Nullable Class<?> only;
    private int count;
    private @Nullable HashTally tally;

    /** Of a table that makes trees of keys with the same hash, or does not. */
    HashedKeys(Cost cost, boolean trees) {
        this.cost = cost;
        this.ordered = trees;
    }

    /** One more key, of this size, put after the first ones of {@code before}. */
    void add(@Nullable Object key, long size, Iterable<? extends @Nullable Object> before) {
        cost.work(size);
        ordered = ordered && isOrdered(key);
        if (!ordered && count >= FEW) {
            if (tally == null) {
                tally = tally(before);
            }
            cost.work(tally.add(hash(key)) * size >> COMPARISON_SHIFT);
        }
        count++;
    }

    private boolean isOrdered(@Nullable Object key) {
        if (key == null) {
            return true;
        }
        Class<?> type = key.getClass();
        if (only == null) {
            only = type;
            return ORDERED.contains(type) || key instanceof Enum;
        }
        return type == only || (key instanceof Enum && Enum.class.isAssignableFrom(only));
    }

    private HashTally tally(Iterable<? extends @Nullable Object> before) {
        HashTally made = new HashTally();
        int left = count;
        for (Object key : before) {
            if (left-- == 0) {
                break;
            }
            made.add(hash(key));
        }
        return made;
    }

    private static int hash(@Nullable Object key) {
        return key == null ? 0 : key.hashCode();
    }
}
