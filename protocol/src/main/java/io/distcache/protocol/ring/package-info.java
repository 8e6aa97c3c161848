/** Which slot, shard or node a key belongs to: pure functions that every client and node computes alike. */
@NullMarked
package io.distcache.protocol.ring;

import org.jspecify.annotations.NullMarked;
