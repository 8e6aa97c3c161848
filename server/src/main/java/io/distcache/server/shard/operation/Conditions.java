package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Condition;
import io.distcache.protocol.FlaggedValue;
import org.jspecify.annotations.Nullable;

/** The conditions of changes. Stateless. */
public final class Conditions {

    private Conditions() {}

    /** Whether a condition is true of an entry. */
    public static boolean hold(Condition condition, EntryView entry) {
        return switch (condition.kind()) {
            case ALWAYS -> true;
            case ABSENT -> !entry.exists();
            case PRESENT -> entry.exists();
            case VALUE_IS -> entry.exists() && valueIs(entry.value(), condition.value());
            case VERSION_IS -> entry.exists() && entry.version() == condition.version();
        };
    }

    /**
     * Whether a change whose condition is not true has read the entry all the same, as it was compared, or its value is told.
     *
     * @param returnsOld whether the old value is told although nothing is changed
     */
    static boolean haveRead(Condition condition, boolean returnsOld) {
        return switch (condition.kind()) {
            case VALUE_IS, VERSION_IS -> true;
            case ALWAYS, ABSENT, PRESENT -> returnsOld;
        };
    }

    /** What memcached keeps beside a value does not make it another one. */
    private static boolean valueIs(Bytes stored, @Nullable Bytes expected) {
        return stored.equals(expected)
                || (FlaggedValue.is(stored) && FlaggedValue.bare(stored).equals(expected));
    }
}
