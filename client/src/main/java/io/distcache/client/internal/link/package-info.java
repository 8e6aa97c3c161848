/**
 * Links to single nodes: connecting, staying connected, and getting a command across and its reply back. Start with {@code
 * NodeSession}, then {@code SocketSession} and {@code Connection}. Which node a key belongs to is not known here.
 */
@NullMarked
package io.distcache.client.internal.link;

import org.jspecify.annotations.NullMarked;
