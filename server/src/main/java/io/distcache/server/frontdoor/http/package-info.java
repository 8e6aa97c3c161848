/** What a node says over HTTP: {@link io.distcache.server.frontdoor.http.HealthServer}. No data passes here. */
@NullMarked
package io.distcache.server.frontdoor.http;

import org.jspecify.annotations.NullMarked;
