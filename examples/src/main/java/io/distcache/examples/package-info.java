/**
 * Programs that show DistCache at work; the build runs them, so they hold. Read {@link io.distcache.examples.TenLines} first, the
 * code of README.md, then {@link io.distcache.examples.QuickStart}, which {@code bin/distcache demo} runs. They use
 * {@code javax.cache} only: nothing of DistCache's own API comes in here. {@link io.distcache.examples.cdi} has the annotations.
 */
@NullMarked
package io.distcache.examples;

import org.jspecify.annotations.NullMarked;
