package io.distcache.cdi;

/** Injectable: how often annotated methods went on without their cache. Thread-safe. */
public interface OutageCounter {

    /** Over all caches, since the application started. */
    long count();

    /** Of one cache. */
    long count(String cacheName);
}
