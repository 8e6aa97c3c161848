/** The native front door: frames to commands, replies to frames. Start with {@link io.distcache.server.frontdoor.wire.WireServer}. */
@NullMarked
package io.distcache.server.frontdoor.wire;

import org.jspecify.annotations.NullMarked;
