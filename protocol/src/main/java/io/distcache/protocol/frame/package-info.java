/**
 * Frames on the wire: {@link io.distcache.protocol.frame.FrameEncoder} and {@link
 * io.distcache.protocol.frame.FrameDecoder}, over Netty's buffers. Only bytes; who sends them and when is the business of
 * both ends.
 */
@NullMarked
package io.distcache.protocol.frame;

import org.jspecify.annotations.NullMarked;
