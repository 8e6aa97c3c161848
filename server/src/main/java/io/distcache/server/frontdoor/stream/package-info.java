/**
 * Connections of protocols without request ids: requests one after the other, replies in their order. Read
 * {@link io.distcache.server.frontdoor.stream.StreamConnection} first. What the bytes mean does not come in here.
 */
@NullMarked
package io.distcache.server.frontdoor.stream;

import org.jspecify.annotations.NullMarked;
