/**
 * The public face of the client. Start with {@link io.distcache.client.DistCacheClient}, and with {@link io.distcache.client.Keyspace} for
 * the verbs of the native API. Nothing here names a type of the protocol. Who builds another API on the client finds caches of bytes in
 * {@link io.distcache.client.spi}; it knows commands and replies and nothing of JCache. The exceptions of all of it are here.
 */
@NullMarked
package io.distcache.client;

import org.jspecify.annotations.NullMarked;
