/**
 * The public face of the client. Start with {@link io.distcache.client.DistCacheClient}, and with {@link io.distcache.client.Keyspace} for
 * the verbs of the native API; below them {@link io.distcache.client.RemoteCache} is a map of bytes spread over nodes. It knows
 * commands and replies and nothing of JCache. Objects become bytes in {@link io.distcache.client.codec}, for whoever stores
 * objects; its exceptions are here with all others, so that the codec needs nothing else of the client.
 */
@NullMarked
package io.distcache.client;

import org.jspecify.annotations.NullMarked;
