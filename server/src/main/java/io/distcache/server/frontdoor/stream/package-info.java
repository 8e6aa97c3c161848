/**
 * Connections of protocols without request ids: requests one after the other, replies in their order. Read
 * {@link io.distcache.server.frontdoor.stream.StreamConnection} first, which has requests executed, then
 * {@link io.distcache.server.frontdoor.stream.RequestBytes} for what comes in and
 * {@link io.distcache.server.frontdoor.stream.OrderedReplies} for what goes out. What the bytes mean does not come in here: that is behind
 * {@link io.distcache.server.frontdoor.stream.StreamProtocol}.
 */
@NullMarked
package io.distcache.server.frontdoor.stream;

import org.jspecify.annotations.NullMarked;
