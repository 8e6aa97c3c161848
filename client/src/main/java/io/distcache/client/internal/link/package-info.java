/**
 * Links to single nodes: connecting, staying connected, and getting a command across and its reply back. Start with {@code Calls}: what a
 * caller does, over a {@code Transport}. Of the two, {@code SocketTransport} queues and sends over the present {@code Connection}; {@code
 * Connections} makes and loses those, by the stages of {@code Stage}, and {@code Reachability} is what they amount to. {@code
 * SocketSession} puts these together for the pool. Which node a key belongs to is not known here.
 */
@NullMarked
package io.distcache.client.internal.link;

import org.jspecify.annotations.NullMarked;
