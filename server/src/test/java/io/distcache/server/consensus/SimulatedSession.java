package io.distcache.server.consensus;

import io.distcache.protocol.Push;
import io.distcache.server.memory.Account;
import io.distcache.server.shard.Dues;
import io.distcache.server.shard.Session;

/** A client's connection to a simulated node: it waits for nothing but answers. Confined to the simulation's thread. */
final class SimulatedSession implements Session {
    private final Dues dues = new Dues(this);
    private boolean closed;

    /** The node has heard that its client is gone. */
    void close() {
        closed = true;
        dues.end();
    }

    @Override
    public String name() {
        return "simulated";
    }

    @Override
    public void push(Push push) {}

    @Override
    public Account account() {
        return Account.UNBOUNDED;
    }

    @Override
    public Dues dues() {
        return dues;
    }

    @Override
    public void release(int handle) {}

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isGivenUp() {
        return false;
    }
}
