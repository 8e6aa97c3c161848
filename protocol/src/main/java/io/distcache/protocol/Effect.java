package io.distcache.protocol;

/** What a command does to a node: by this it is allowed or refused, and counted. Every command of every protocol has one. */
public enum Effect {
    /** It looks at entries or definitions, and changes at most what reading changes. */
    READ,
    /** It may change entries, or keeps others from changing them. */
    WRITE,
    /** It makes or destroys caches. */
    CACHE,
    /** It changes which node has which entries. */
    POOL,
    /** It works at the node itself: snapshots, backups, settings. */
    OPERATOR,
    /** It is about the connection alone. */
    CONTROL
}
