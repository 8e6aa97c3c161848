package io.distcache.server.shard;

import io.distcache.server.mutation.Mutation;

/** Deadlines that accesses move, where the log need not hear of each. Guarded by the shard's lock. */
final class Touches {
    private final int index;
    private final CommitLog log;
    private final boolean areBundled;
    private final ShardState state;

    Touches(int index, CommitLog log, ShardState state) {
        this.index = index;
        this.log = log;
        this.areBundled = log.bundlesTouches();
        this.state = state;
    }

    /**
     * Moves a deadline after an access, if the log is to hear of that later. Only where this node leads: when it stops to, it is moved back.
     *
     * @return whether it did; else it is a change as any other
     */
    boolean move(Cache cache, CacheShard part, Mutation.OnEntry mutation, int hash, Outcome outcome) {
        return areBundled
                && mutation instanceof Mutation.Touch touch
                && cache.isLogged()
                && log.leads(index)
                && state.move(
                        cache,
                        part,
                        touch,
                        hash,
                        MovedDeadlines.most(cache.definition().expiry().accessMillis()),
                        outcome.millis());
    }
}
