/**
 * The front door for clients of memcached: the text protocol with its meta commands. Read {@link
 * io.distcache.server.frontdoor.memcached.MemcachedConnection} first, then {@link
 * io.distcache.server.frontdoor.memcached.CommandTable} and of its families {@link
 * io.distcache.server.frontdoor.memcached.RetrievalCommands}. Replies and errors are those of memcached 1.6.
 */
@NullMarked
package io.distcache.server.frontdoor.memcached;

import org.jspecify.annotations.NullMarked;
