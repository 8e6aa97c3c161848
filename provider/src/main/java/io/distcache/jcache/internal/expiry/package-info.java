/** An {@code ExpiryPolicy} as times to live: {@link io.distcache.jcache.internal.expiry.ExpiryTtls}. Calls no cache. */
@NullMarked
package io.distcache.jcache.internal.expiry;

import org.jspecify.annotations.NullMarked;
