package io.distcache.client;

/** When {@link Keyspace#set} stores. */
public enum SetIf {
    /** Whatever is there. */
    ALWAYS,
    /** If the entry is not there, as SETNX and memcached's add. */
    ABSENT,
    /** If the entry is there, as memcached's replace. */
    PRESENT
}
