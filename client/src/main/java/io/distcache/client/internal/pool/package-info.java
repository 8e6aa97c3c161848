/**
 * Sessions with nodes: connecting, staying connected, and getting a command across and its reply back. Start with {@code
 * NodeSession}, then {@code SocketSession} and {@code Connection}. Which node a key belongs to is not known here.
 */
@NullMarked
package io.distcache.client.internal.pool;

import org.jspecify.annotations.NullMarked;
