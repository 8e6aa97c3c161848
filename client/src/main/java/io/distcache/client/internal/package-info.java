/** The client put together of its parts: {@code ConnectedClient} is what an application gets. No part knows this package. */
@NullMarked
package io.distcache.client.internal;

import org.jspecify.annotations.NullMarked;
