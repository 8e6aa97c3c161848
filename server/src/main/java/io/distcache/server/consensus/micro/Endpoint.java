package io.distcache.server.consensus.micro;

import io.microraft.RaftEndpoint;

/** A member, as the engine names it. */
record Endpoint(int number) implements RaftEndpoint {
    static int of(RaftEndpoint endpoint) {
        return ((Endpoint) endpoint).number;
    }

    @Override
    public Object getId() {
        return number;
    }

    /** The same in every process: it decides the order in which the engine's tables are walked. */
    @Override
    public int hashCode() {
        return number;
    }
}
