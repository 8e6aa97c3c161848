package io.distcache.protocol;

/** One change that the holder of a lease makes to its entry; see {@link Command.Settle}. Immutable. */
public sealed interface EntryChange {
    /** Stores {@code value}; the ttl is as in {@link Ttl}. */
    record Put(Bytes value, long ttlMillis) implements EntryChange {}

    /** Removes the entry, if it is there. */
    record Remove() implements EntryChange {}

    /** Gives the entry a new deadline, if it is there; {@link Ttl#DEFINED} counts as an access. */
    record Touch(long ttlMillis) implements EntryChange {}
}
