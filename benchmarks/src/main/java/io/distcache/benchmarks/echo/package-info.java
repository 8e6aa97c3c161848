/**
 * The limit: what synchronous callers can reach through one Vert.x connection when nothing is done but moving bytes. Read
 * {@code EchoFrames} first. No JCache, no codec, no expiry, no log; whatever a real cache adds has to be added elsewhere.
 */
@NullMarked
package io.distcache.benchmarks.echo;

import org.jspecify.annotations.NullMarked;
