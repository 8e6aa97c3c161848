package io.distcache.protocol;

import org.jspecify.annotations.Nullable;

/** What must hold of the present entry for a change to be applied. An expired entry counts as absent. */
public record Condition(Kind kind, @Nullable Bytes value, long version) {

    /** The kinds of condition; the wire byte is {@link #ordinal()}. */
    public enum Kind {
        ALWAYS,
        ABSENT,
        PRESENT,
        VALUE_IS,
        VERSION_IS
    }

    public static final Condition ALWAYS = new Condition(Kind.ALWAYS, null, 0);
    public static final Condition ABSENT = new Condition(Kind.ABSENT, null, 0);
    public static final Condition PRESENT = new Condition(Kind.PRESENT, null, 0);

    /** The entry's value is, byte for byte, {@code value}, with or without what is kept beside it ({@link FlaggedValue}). */
    public static Condition valueIs(Bytes value) {
        return new Condition(Kind.VALUE_IS, value, 0);
    }

    /** The entry has not changed since it had {@code version}. */
    public static Condition versionIs(long version) {
        return new Condition(Kind.VERSION_IS, null, version);
    }

    /** How many bytes the value has that is compared; 0 if none is. */
    long valueBytes() {
        return value == null ? 0 : value.length();
    }
}
