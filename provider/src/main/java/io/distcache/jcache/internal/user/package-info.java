/**
 * The objects that applications hand in: how their factories are asked ({@link io.distcache.jcache.internal.user.UserFactory}), and how
 * they are closed, whatever they throw ({@link io.distcache.jcache.internal.user.Closing}). Knows nothing of caches.
 */
@NullMarked
package io.distcache.jcache.internal.user;

import org.jspecify.annotations.NullMarked;
