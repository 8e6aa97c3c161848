package io.distcache.protocol;

/** What happened to an entry; the wire byte is {@link #ordinal()}, the bit in a mask {@link #bit()}. */
public enum EventKind {
    CREATED,
    UPDATED,
    REMOVED,
    EXPIRED;

    /** This kind's bit in a mask of kinds. */
    public int bit() {
        return 1 << ordinal();
    }
}
