/**
 * What all doors have in common: a {@link io.distcache.server.frontdoor.Listener} is one port over several event loops, and a {@link
 * io.distcache.server.frontdoor.Door} is who takes the clients that come to it. The protocols are in packages of their own below.
 */
@NullMarked
package io.distcache.server.frontdoor;

import org.jspecify.annotations.NullMarked;
