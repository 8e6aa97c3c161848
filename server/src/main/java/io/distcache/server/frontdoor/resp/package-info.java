/**
 * The front door for clients of Redis: RESP2 and RESP3. Read {@link io.distcache.server.frontdoor.resp.RespConnection} first, which takes
 * the requests, then {@link io.distcache.server.frontdoor.resp.RespClient}, which is what commands see, and
 * {@link io.distcache.server.frontdoor.resp.ReadCommands}, which are some. Only the connection and the door know all commands; a command
 * knows the client and its node. Replies and errors are those of Redis 7.0, to the byte.
 */
@NullMarked
package io.distcache.server.frontdoor.resp;

import org.jspecify.annotations.NullMarked;
