/**
 * Objects to {@link io.distcache.protocol.Bytes} and back: the store-by-value boundary of every Java client. Read
 * {@link io.distcache.client.spi.codec.Codec} first, then {@code PortableTag} for the format and
 * {@link io.distcache.client.spi.codec.AllowList} for what may be made from foreign bytes. Nothing about sockets, caches or expiry
 * belongs here.
 *
 * <p>It is public, for providers, because JCache needs the same bytes. Its exceptions are in {@code io.distcache.client}, beside those of calls:
 * they are all that it uses of the client, so the client may use it in turn.
 */
@NullMarked
package io.distcache.client.spi.codec;

import org.jspecify.annotations.NullMarked;
