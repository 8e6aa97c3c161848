package io.distcache.benchmarks.peer;

import java.nio.file.Path;
import java.util.List;

/** All peers, ours first and the limit last. */
public final class Peers {

    private Peers() {}

    /** Where the build of the harness puts what it makes. */
    public static Path buildDirectory() {
        return Installed.buildDirectory();
    }

    public static List<Peer> all(Jvm jvm) {
        return List.of(
                new DistCachePeer(jvm),
                new RedissonPeer(),
                new LettucePeer(),
                new HazelcastPeer(jvm),
                new InfinispanPeer(jvm),
                new EchoPeer(jvm));
    }
}
