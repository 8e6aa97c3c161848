/**
 * What a node holds for its clients besides the stored entries: bytes of requests that are not executed and of replies that are not
 * read. Start with {@link io.distcache.server.memory.Buffers}. No sockets and no protocol come in here.
 */
@NullMarked
package io.distcache.server.memory;

import org.jspecify.annotations.NullMarked;
