package io.distcache.benchmarks.peer;

import java.util.List;

/**
 * How peers are set up that keep each entry in several processes. Immutable.
 *
 * @param heap {@code -Xmx} of each server that is a JVM, also of the one node to compare with
 * @param sync how a replicated pool of DistCache keeps its log, without which there is none
 * @param groups into how many parts such a pool divides the keys; there is one pool for each
 */
public record Replication(String heap, Keeping sync, List<Integer> groups) {

    /** What a pool with so many groups is called. */
    String poolOf(int count) {
        return groups.size() == 1 ? "distcache-pool" : "distcache-pool of " + count;
    }
}
