/**
 * What goes out to clients of all front doors: replies that refer to stored values instead of copying them, and the queue of what a
 * client has not read. Start with {@link io.distcache.server.frontdoor.output.Outbox}. Knows no protocol.
 */
@NullMarked
package io.distcache.server.frontdoor.output;

import org.jspecify.annotations.NullMarked;
