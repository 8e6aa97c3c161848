/**
 * Real nodes for tests: {@link io.distcache.testing.NodeProcess} is one in a process of its own, {@link
 * io.distcache.testing.LocalCluster} several, {@link io.distcache.testing.NodeSetup} says how they start. A
 * test's class path has nothing of a node: its program comes inside this module's jar.
 */
@NullMarked
package io.distcache.testing;

import org.jspecify.annotations.NullMarked;
