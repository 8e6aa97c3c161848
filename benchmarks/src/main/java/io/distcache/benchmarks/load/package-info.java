/**
 * What runs in a client process: one provider, one cache, many synchronous callers. Read {@code Client} first. Only
 * {@code javax.cache} and HdrHistogram come in (and Vert.x through {@code EchoSession}, loaded for that peer alone), so that
 * every peer runs on its own class path; a peer whose client is no JCache brings a {@code SessionFactory} along.
 */
@NullMarked
package io.distcache.benchmarks.load;

import org.jspecify.annotations.NullMarked;
