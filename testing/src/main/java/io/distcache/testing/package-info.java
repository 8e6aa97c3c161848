/**
 * Real nodes for tests: {@link io.distcache.testing.NodeProcess} is one in a process of its own, {@link
 * io.distcache.testing.LocalCluster} several, {@link io.distcache.testing.NodeSetup} says how they start. They run from the test's class path.
 */
@NullMarked
package io.distcache.testing;

import org.jspecify.annotations.NullMarked;
