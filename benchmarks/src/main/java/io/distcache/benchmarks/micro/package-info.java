/**
 * JMH benchmarks of single parts: codecs, the store, frames. Run with {@code bench micro}. Nothing that needs a socket comes in
 * here; the load generator measures that.
 */
@NullMarked
package io.distcache.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
