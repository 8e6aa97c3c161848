/**
 * A replicated pool that loses a node under load: {@link io.distcache.examples.pool.LostLeader}, which {@code bin/distcache demo
 * --pool} runs.
 */
@NullMarked
package io.distcache.examples.pool;

import org.jspecify.annotations.NullMarked;
