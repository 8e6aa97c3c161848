package io.distcache.jcache;

/**
 * JMX: how one node of a pool is, as it last reported, and what this process holds of it. Registered, while a manager has a connection
 * to its pool, as {@code io.distcache:type=Node,pool=<URI>,node=<name>} with {@code : = , * ? " } and line ends replaced by dots. Numbers
 * are 0 before the first report on the present connection. Thread-safe.
 */
public interface NodeMXBean {
    /** The node's name in the pool. */
    String getName();

    /** Where it listens, {@code host:port}. */
    String getAddress();

    /** Its share of the keys relative to the others'. */
    int getWeight();

    /** What this process holds of it: HEALTHY, SUSPECT, DOWN or CLOSED. */
    String getMonitorState();

    /** What led there. */
    String getMonitorReason();

    /** Of a hundred reads, how many found their entry. */
    double getHitPercent();

    /** What it does: starting, serving, read-only or draining; empty before its first report. */
    String getState();

    /** Why it is in that state, if that is not obvious. */
    String getCause();

    /** While it is starting: how much of its data it has. */
    int getProgressPercent();

    /** Differs between any two starts of the node. */
    long getIncarnation();

    /** Since it was started. */
    long getUptimeMillis();

    /** Over all caches. */
    long getEntries();

    /** Kept by entries and tables. */
    long getBytes();

    /** The node's bound. */
    long getMaxBytes();

    /** Open now. */
    int getConnections();

    /** Answered since the start. */
    long getOperations();

    /** Since the start. */
    long getEvictions();

    /** Of the log, not known to be on disk; 0 without a log. */
    long getUnsyncedBytes();

    /** What the last sync of the log took. */
    long getSyncMicros();

    /** Age of the newest snapshot; -1 if there is none. */
    long getSnapshotMillis();

    /** Of DistCache. */
    String getVersion();

    /** Reads that found their entry, since the start. */
    long getHits();

    /** Reads that did not. */
    long getMisses();

    /** Commands taken, over the last second. */
    long getOperationsPerSecond();

    /** The longest that an event loop was late lately. */
    long getLagMicros();

    /** Of the heap in use. */
    long getHeapBytes();

    /** The largest the heap can be. */
    long getMaxHeapBytes();

    /** Of memory outside the heap. */
    long getDirectBytes();

    /** Of the pool's members as it knows them. */
    long getPoolEpoch();

    /** It keeps for members that are away. */
    long getHints();

    /** How many groups of keys of a replicated pool it leads, as far as this client knows; 0 in any other. */
    int getGroupsLed();

    /** Why it is not safe yet to stop the next node of the pool; empty if it is. */
    String getNotReady();

    /** Of requests that are not executed and replies that are not read, over all its connections. */
    long getBufferedBytes();

    /** Requests refused and connections cut off for want of room for these, since its start. */
    long getRefusals();

    /** Clients whose synchronous listeners are not waited for at present, as they took longer than is allowed. */
    int getLateClients();

    /** Until its certificate expires, a begun day included; negative since it has, 0 without TLS. */
    long getCertificateDays();

    /** Logins that failed since its start, at all ports. */
    long getFailedLogins();

    /** Commands refused since its start, as the rules do not allow them to the user. */
    long getForbiddenCommands();

    /** Of its replicated pool, nobody leads as far as the node knows, that of the caches among them; 0 in any other. */
    long getGroupsWithoutLeader();

    /** Of the groups that it leads: the most entries that another member of its replicated pool lacks. */
    long getMostBehind();

    /** How often it has seen a group of its replicated pool get another leader, since its start. */
    long getLeaderChanges();

    /** How often an answer had to wait until somebody else's change was committed, or a majority had confirmed that it leads, since its start. */
    long getGateWaits();

    /** How long these answers waited in all. */
    long getGateWaitMicros();

    /** For how long at least it may answer for the groups that it leads without asking the others; -1 if it leads none, or always asks. */
    long getLeaseMillis();

    /** The most entries of a group that it leads which a majority has not got yet. */
    long getCommitLagEntries();

    /** For how long the oldest change has waited that a majority has not got yet. */
    long getCommitLagMillis();

    /** The most entries in its log of a group that it has not applied yet. */
    long getApplyLagEntries();

    /** For how long one of these has been there, looked at each second. */
    long getApplyLagMillis();

    /** Entries that it has proposed to groups of keys that it led, since its start. */
    long getProposedEntries();

    /** Changes in these. */
    long getProposedChanges();

    /** The log of its groups. */
    long getLogBytes();

    /** The group whose entries keep the oldest part of that log; -1 if that is the one of the caches, -2 if none does. */
    long getPinningGroup();
}
