/**
 * The front door for clients of Redis: RESP2 and RESP3. Read {@link io.distcache.server.frontdoor.resp.RespConnection} first, then
 * {@link io.distcache.server.frontdoor.resp.ReadCommands}. Replies and errors are those of Redis 7.0, to the byte.
 */
@NullMarked
package io.distcache.server.frontdoor.resp;

import org.jspecify.annotations.NullMarked;
