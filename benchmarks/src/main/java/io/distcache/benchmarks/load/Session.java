package io.distcache.benchmarks.load;

/** An open client of one peer, with at most one cache. Confined to the thread that steers the client process. */
public interface Session extends AutoCloseable {

    /** A new, empty cache. */
    Target create(String name, ValueKind kind);

    /** A cache that an earlier session has created. */
    Target attach(String name, ValueKind kind);

    /** Destroys a cache and what is in it. */
    void destroy(String name);

    @Override
    void close();
}
