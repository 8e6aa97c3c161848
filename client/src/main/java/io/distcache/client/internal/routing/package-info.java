/** Which session a command goes to. Start with {@code Router}. How it gets there is the pool's business. */
@NullMarked
package io.distcache.client.internal.routing;

import org.jspecify.annotations.NullMarked;
