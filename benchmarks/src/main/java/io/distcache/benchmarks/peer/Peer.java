package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A system under comparison. Immutable. */
public interface Peer {

    String name();

    /** What was found, as in {@code 4.7.0 on Redis 7.0.15}. */
    String version();

    /** Why this peer can not take part, with what to do about it; empty if it can. */
    Optional<String> missing();

    /** Starts a new, empty server process and returns when it says that it is ready. */
    Server start(Path directory) throws IOException;

    /** Class path of a client process; holds exactly one caching provider. */
    String clientClassPath();

    /** JVM flags of a client process that the peer's manual asks for. */
    default List<String> clientFlags() {
        return List.of();
    }

    /** How a client process opens its client for these values, and caches without a bound: the line {@code open}. */
    Line client(Server server, ValueKind kind);
}
