package io.distcache.server.frontdoor;

import java.util.concurrent.atomic.AtomicInteger;

/** How many clients the node has, by all its doors together, and how many it may have. Thread-safe. */
public final class ConnectionLimit {
    /** More than a pool has members, each with a connection that has just ended. */
    private static final int PLACES_OF_MEMBERS = 16;

    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private final Newcomers newcomers;

    /** A limit that nobody counts against yet. */
    public ConnectionLimit(int most) {
        this.most = most;
        this.newcomers = new Newcomers(most);
    }

    /** The most connections that there may be. */
    public int most() {
        return most;
    }

    /** What a client is told for whom there is no room. */
    public String full() {
        return "the node has " + most + " connections already (server.max-connections)";
    }

    /** Connections now. */
    public int count() {
        return count.get();
    }

    /** Those of them that have not come in yet. */
    Newcomers newcomers() {
        return newcomers;
    }

    /** Counts one more; false, and it is not counted, if there are as many as may be. */
    public boolean enter() {
        return count.getAndUpdate(now -> now < most ? now + 1 : now) < most;
    }

    /** The same for one that has to be another member of the node's pool: for these there are some places more. */
    boolean enterAsMember() {
        int all = most + PLACES_OF_MEMBERS;
        return count.getAndUpdate(now -> now < all ? now + 1 : now) < all;
    }

    /** A connection that was counted has ended. */
    public void leave() {
        count.decrementAndGet();
    }
}
