/**
 * What those need who build another API on the client, as the JCache provider does: caches of bytes that are asked by the protocol's
 * commands. It is not for applications, and follows the protocol. Read {@link io.distcache.client.spi.RemoteCaches} first, then {@link
 * io.distcache.client.spi.RemoteCache}; {@link io.distcache.client.spi.codec} makes bytes of objects. How commands get to nodes must not
 * come in.
 */
@NullMarked
package io.distcache.client.spi;

import org.jspecify.annotations.NullMarked;
