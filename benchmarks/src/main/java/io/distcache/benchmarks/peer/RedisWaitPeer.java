package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Lettuce on a redis-server with a replica, which has an entry before a put of it returns: {@code WAIT 1}. */
record RedisWaitPeer() implements Peer {
    private static final int REPLICAS = 1;

    @Override
    public String name() {
        return "redis-wait";
    }

    @Override
    public String version() {
        return new LettucePeer().version();
    }

    @Override
    public Optional<String> missing() {
        return new LettucePeer().missing();
    }

    @Override
    public Server start(Path directory) throws IOException {
        return RedisServer.startWithReplica(name(), directory);
    }

    @Override
    public String clientClassPath() {
        return new LettucePeer().clientClassPath();
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return new LettucePeer().client(server, kind).with("replicas", REPLICAS);
    }
}
