/**
 * The time that a node's deadlines are made from: {@link io.distcache.server.clock.NodeClock}, and nothing else. It comes from
 * outside where a node is made, and is read once at the edge of each command.
 */
@NullMarked
package io.distcache.server.clock;

import org.jspecify.annotations.NullMarked;
