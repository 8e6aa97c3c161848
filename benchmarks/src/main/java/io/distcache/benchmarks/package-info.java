/**
 * The harness: runs the same workloads against DistCache and its peers, in turns, and prints what came out. Read {@code Main},
 * then {@code Slices}. Peers are known here only as {@code Peer}; what a client does is in {@code load}.
 */
@NullMarked
package io.distcache.benchmarks;

import org.jspecify.annotations.NullMarked;
