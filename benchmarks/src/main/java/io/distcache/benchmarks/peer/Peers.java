package io.distcache.benchmarks.peer;

import java.util.List;

/** All peers, ours first and the limit last. */
public final class Peers {

    private Peers() {}

    public static List<Peer> all(Jvm jvm) {
        return List.of(
                new DistCachePeer(jvm),
                new RedissonPeer(),
                new HazelcastPeer(jvm),
                new InfinispanPeer(jvm),
                new EchoPeer(jvm));
    }
}
