/**
 * The JSR-107 annotations on CDI beans: {@link io.distcache.examples.cdi.Reports} is an ordinary bean with annotations, {@link
 * io.distcache.examples.cdi.CachedQueries} calls it and says what was saved. Of DistCache's own API only what cannot be had from
 * the standards comes in here: the qualifier for injected caches and the events.
 */
@NullMarked
package io.distcache.examples.cdi;

import org.jspecify.annotations.NullMarked;
