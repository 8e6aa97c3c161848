/**
 * What all front doors ask of the system about the clients behind their sockets: {@link io.distcache.server.frontdoor.peer.PeerTimeout}.
 * Knows no protocol.
 */
@NullMarked
package io.distcache.server.frontdoor.peer;

import org.jspecify.annotations.NullMarked;
