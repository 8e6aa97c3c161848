/**
 * The peers: how each one's server and client processes are started, and how they are spoken to. Read {@code Peer} first. No
 * peer's classes come in here; each runs in processes of its own, on its own class path.
 */
@NullMarked
package io.distcache.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
