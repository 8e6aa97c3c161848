/** The annotations of JSR-107 as interceptors of Jakarta CDI will live here; there is nothing yet. */
@NullMarked
package io.distcache.cdi;

import org.jspecify.annotations.NullMarked;
