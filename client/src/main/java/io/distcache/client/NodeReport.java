package io.distcache.client;

/** What a node has reported of itself. Immutable. */
public interface NodeReport {

    /** What a node does. */
    enum State {
        /** It loads its data and serves nobody yet. */
        STARTING,
        /** It serves reads and writes. */
        SERVING,
        /** It serves reads and refuses writes. */
        READ_ONLY,
        /** It stops, and takes no further calls. */
        DRAINING
    }

    /** What the node does. */
    State state();

    /** Why it is in that state, if that is not obvious; else empty. */
    String cause();

    /** How much of its data it has while it is starting, 0 to 100. */
    int progressPercent();

    /** Its stable name. */
    String node();

    /** A number that differs between any two starts of a node. */
    long incarnation();

    /** How long it has been ready. */
    long uptimeMillis();

    /** The number of entries over all caches. */
    long entries();

    /** The bytes that entries and tables take. */
    long bytes();

    /** The node's bound of these. */
    long maxBytes();

    /** The connections that are open now. */
    int connections();

    /** The commands answered since the start. */
    long operations();

    /** The entries evicted since the start. */
    long evictions();

    /** The bytes of the log that are not known to be on disk; 0 without a log. */
    long unsyncedBytes();

    /** What the last sync of the log took. */
    long syncMicros();

    /** The age of the newest snapshot; -1 if there is none. */
    long snapshotMillis();

    /** The version of DistCache. */
    String version();

    /** The reads that found their entry, since the start. */
    long hits();

    /** The reads that did not. */
    long misses();

    /** The commands taken per second, over the last seconds. */
    long operationsPerSecond();

    /** The longest that an event loop was late lately. */
    long lagMicros();

    /** The bytes of the heap in use. */
    long heapBytes();

    /** The largest the heap can be. */
    long maxHeapBytes();

    /** The bytes of memory outside the heap, for what is read and written. */
    long directBytes();

    /** The epoch of the pool's members as the node knows them; 0 if it is in no pool. */
    long poolEpoch();

    /** The hints that it keeps for members that are away. */
    long hints();

    /** Why it is not safe yet to stop the next node of its pool; empty if it is. */
    String notReady();

    /** The bytes of requests not executed and replies not read, over all connections. */
    long bufferedBytes();

    /** The requests refused and connections cut off for want of room for these, since the start. */
    long refusals();

    /** The clients whose synchronous listeners took longer than is allowed, and are not waited for until they have caught up. */
    int lateClients();

    /** The days until the node's certificate expires, a begun one included; negative since it has, 0 without TLS. */
    long certificateDays();

    /** The logins that failed since the start, at all ports. */
    long failedLogins();

    /** The commands refused since the start, as the rules do not allow them to the user. */
    long forbiddenCommands();

    /** The groups of keys of a replicated pool that it leads; 0 in any other. */
    long groupsLed();

    /** The groups of a replicated pool that nobody leads as far as the node knows, that of the caches among them. */
    long groupsWithoutLeader();

    /** The most entries that another member of its replicated pool lacks, of the groups that the node leads. */
    long mostBehind();

    /** How often the node has seen a group of its replicated pool get another leader, since its start. */
    long leaderChanges();

    /**
     * How often an answer of the node had to wait until somebody else's change was committed, or until a majority had confirmed that it
     * leads, since its start.
     */
    long gateWaits();

    /** How many microseconds these answers waited in all. */
    long gateWaitMicros();

    /**
     * For how many milliseconds at least the node may answer for the groups that it leads without asking the others; -1 if it leads none, or
     * always asks.
     */
    long leaseMillis();

    /** The most entries of a group that the node leads which a majority has not got yet. */
    long commitLagEntries();

    /** For how many milliseconds the oldest change has waited that a majority has not got yet. */
    long commitLagMillis();

    /** The most entries in the node's log of a group that it has not applied yet. */
    long applyLagEntries();

    /** For how many milliseconds one of these has been there, looked at each second. */
    long applyLagMillis();

    /** The entries that the node has proposed to groups of keys that it led, since its start. */
    long proposedEntries();

    /** The changes in these. */
    long proposedChanges();

    /** The bytes of the log of its groups. */
    long logBytes();

    /** The group whose entries keep the oldest part of that log; -1 if that is the one of the caches, -2 if none does. */
    long pinningGroup();

    /** Whether it serves, and the next node of its pool may be stopped. */
    boolean isReady();

    /** Of a hundred reads, how many found their entry; 0 before the first. */
    double hitPercent();
}
