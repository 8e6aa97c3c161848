package io.distcache.jcache;

/**
 * JMX: how a manager of this process stands with its pool. Registered, while the manager has a connection, as {@code
 * io.distcache:type=Pool,pool=<URI>}, with the characters replaced as for {@link NodeMXBean}. Thread-safe.
 */
public interface PoolMXBean {
    /** Of the members as calls go by them; 0 for a single node that is in no pool. */
    long getEpoch();

    /** The members as in a URI, {@code name=host:port*weight}. */
    String[] getMembers();

    /** The names of those that are healthy. */
    String[] getHealthy();

    /** The names of those that were lost or silent for a moment; calls wait for them. */
    String[] getSuspect();

    /** The names of those that serve nobody here. */
    String[] getDown();

    /** Calls that another node served since the owner was down. */
    long getServedElsewhere();

    /** Reads that missed since the owner was down, of caches whose failure policy is miss. */
    long getMissedReads();

    /** Writes that were dropped for the same reason. */
    long getDroppedWrites();

    /** How often a change that is made once was sent again since its reply had got lost. */
    long getRepeatedChanges();

    /**
     * Entries that were read at a member of a replicated pool that did not lead, while nobody did, of caches that {@linkplain
     * DistCacheConfiguration#allowStaleReads allow it}: they may have been old.
     */
    long getStaleReads();

    /** How many groups of keys a replicated pool has; 0 in any other. */
    int getGroups();

    /** How many of them nobody leads, as far as this client knows: calls for their keys wait. */
    int getGroupsWithoutLeader();
}
