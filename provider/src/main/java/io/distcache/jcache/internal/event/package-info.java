/**
 * Listener registration, order and dispatch: {@link io.distcache.jcache.internal.event.EventHub}. Knows pushed events, not who
 * sent them.
 */
@NullMarked
package io.distcache.jcache.internal.event;

import org.jspecify.annotations.NullMarked;
