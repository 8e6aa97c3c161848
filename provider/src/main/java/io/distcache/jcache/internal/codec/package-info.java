/**
 * Objects to {@link io.distcache.protocol.Bytes} and back: the store-by-value boundary of the provider. Read
 * {@link io.distcache.jcache.internal.codec.Codec} first, then {@code PortableTag} for the format and
 * {@link io.distcache.jcache.internal.codec.AllowList} for what may be made from foreign bytes. Nothing about sockets,
 * caches or expiry belongs here.
 */
@NullMarked
package io.distcache.jcache.internal.codec;

import org.jspecify.annotations.NullMarked;
