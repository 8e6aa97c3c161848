/**
 * What a client and a node agree on: commands, replies, pushed messages and the values inside them. Start with {@code
 * io.distcache.protocol.Command}. Nothing here knows about sockets, frames or JCache.
 */
@NullMarked
package io.distcache.protocol;

import org.jspecify.annotations.NullMarked;
