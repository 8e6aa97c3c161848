/**
 * A map of bytes spread over nodes: the public face of the client. Start with {@link io.distcache.client.DistCacheClient}. It
 * knows commands and replies and nothing of objects, codecs or JCache.
 */
@NullMarked
package io.distcache.client;

import org.jspecify.annotations.NullMarked;
