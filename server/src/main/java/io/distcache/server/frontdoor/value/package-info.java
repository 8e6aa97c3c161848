/**
 * Stored values as clients see them whose protocol knows only bytes: {@link io.distcache.server.frontdoor.value.PlainValue}. No
 * protocol comes in here.
 */
@NullMarked
package io.distcache.server.frontdoor.value;

import org.jspecify.annotations.NullMarked;
