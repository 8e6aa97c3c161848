/**
 * The port behind which nodes agree on what happened: read {@link io.distcache.server.consensus.Consensus}, and {@link
 * io.distcache.server.consensus.Applier}, which it calls. What a node has of the outside world (time, a thread, other nodes, a disk)
 * comes in through four small interfaces, so that a test can be all of it. No engine, no socket and no file come in here; the engine is
 * in {@code micro}.
 */
@NullMarked
package io.distcache.server.consensus;

import org.jspecify.annotations.NullMarked;
