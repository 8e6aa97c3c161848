package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The door for clients of Redis: it knows all commands, and connects who comes. Thread-safe. */
public final class RespDoor implements StreamServer.Protocol {
    private final RespNode node;
    private final @Nullable RespActions.Action[] actions;
    private final AtomicLong lastClientId = new AtomicLong();

    /** A door that nobody has come through yet. */
    public RespDoor(
            RespConfig config,
            StreamLimits limits,
            Dispatcher dispatcher,
            NodeClock clock,
            MemoryBound memoryBound,
            Supplier<HealthReport> health) {
        RespActions bound = CommandFamilies.actions();
        CommandTable commands = new CommandTable(bound::effect);
        this.actions = bound.inOrder(commands.indexed());
        this.node = new RespNode(commands, config, limits, dispatcher, clock, memoryBound, health);
    }

    /** The definition of a cache that a door makes, the same that the native API makes: of any keys and values, eternal, unbounded. */
    public static CacheDefinition definition(String name) {
        return RespNode.definition(name);
    }

    @Override
    public StreamConnection connect(StreamServer from, ChannelHandlerContext socket, String peer) {
        node.server(from);
        return new RespConnection(node, actions, from, socket, peer, lastClientId.incrementAndGet()).stream();
    }

    @Override
    public int sharedPort() {
        return -2;
    }

    @Override
    public String portSetting() {
        return "resp.port";
    }

    @Override
    public String full() {
        return "-ERR max number of clients reached\r\n";
    }

    @Override
    public String refusal(String message) {
        return "-ERR " + message + "\r\n";
    }

    /** Makes the cache behind database 0, so that other clients find it. */
    public void open() {
        node.database(0).open();
    }
}
