package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.netty.channel.ChannelHandlerContext;
import java.util.function.Supplier;

/** Where clients of memcached come in: each gets a connection, and all share one {@link DoorState}. Thread-safe. */
public final class MemcachedDoor implements StreamServer.Protocol {
    private final DoorState state;
    private final CommandTable commands = new CommandTable();

    /**
     * A door that nobody has come through yet.
     *
     * @param definition of the cache, if it has to be made
     */
    public MemcachedDoor(
            CacheDefinition definition,
            StreamLimits limits,
            Dispatcher dispatcher,
            NodeClock clock,
            Supplier<HealthReport> health) {
        this.state = new DoorState(definition, limits, dispatcher, clock, health);
    }

    @Override
    public StreamConnection connect(StreamServer from, ChannelHandlerContext socket, String peer) {
        return new MemcachedConnection(state, commands, from, socket, peer, state.connected(from)).stream();
    }

    @Override
    public int sharedPort() {
        return -3;
    }

    @Override
    public String portSetting() {
        return "memcached.port";
    }

    @Override
    public String full() {
        return "ERROR Too many open connections\r\n";
    }

    @Override
    public String refusal(String message) {
        return "SERVER_ERROR " + message + "\r\n";
    }

    /** Makes the cache, so that other clients find it. */
    public void open() {
        state.keyspace().open();
    }
}
