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

    /**
     * This peer under another name, with its entries kept like this in a directory that is there, or nowhere; empty if it is
     * not compared so. Plain peers keep theirs in memory.
     */
    default Optional<Peer> keeping(Keeping how, Path in) {
        return Optional.empty();
    }

    /** This peer as it takes part where replication is compared, with what it keeps on disk below a directory that is there. */
    default List<Peer> replicated(Replication how, Path in) {
        return List.of();
    }

    /**
     * Starts a new server process, or several that serve together, in {@code directory}, with no entries but those that it has kept, and returns when it says
     * that it is ready.
     */
    Server start(Path directory) throws IOException;

    /** How many seconds a server says it needed to start or to load what it had kept, if it does. */
    default Optional<Double> secondsToLoad(Server server) throws IOException {
        return Optional.empty();
    }

    /** Class path of a client process; holds one caching provider, or one session factory. */
    String clientClassPath();

    /** JVM flags of a client process that the peer's manual asks for. */
    default List<String> clientFlags() {
        return List.of();
    }

    /** How a client process opens its client for these values, and caches without a bound: the line {@code open}. */
    Line client(Server server, ValueKind kind);
}
