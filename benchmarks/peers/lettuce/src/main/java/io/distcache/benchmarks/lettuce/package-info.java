/** Lettuce's part of the client process, on Lettuce's class path: {@code LettuceSession} and nothing else. */
@NullMarked
package io.distcache.benchmarks.lettuce;

import org.jspecify.annotations.NullMarked;
