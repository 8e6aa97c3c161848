package io.distcache.cdi;

/**
 * What the operations of an application share. Immutable.
 *
 * @param leaseMillis how long those who miss the same key wait for the one who computes, where the provider does not say
 * @param runs of methods for what is missing
 */
record CachingServices(
        NamedCaches caches, Collaborators collaborators, Outages outages, long leaseMillis, OncePerProcess runs) {}
