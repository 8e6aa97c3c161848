/**
 * The native protocol: frames become commands, replies become frames. Start with {@link
 * io.distcache.server.frontdoor.wire.WireServer}, then {@link io.distcache.server.frontdoor.wire.WireConnection}. What a command does is not
 * known here.
 */
@NullMarked
package io.distcache.server.frontdoor.wire;

import org.jspecify.annotations.NullMarked;
