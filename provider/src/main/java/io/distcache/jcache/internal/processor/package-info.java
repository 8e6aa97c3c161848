/**
 * Exclusive work on entries: {@link io.distcache.jcache.internal.processor.LeasedEntries} takes and settles leases, {@link
 * io.distcache.jcache.internal.processor.ProcessorEntry} is what an entry processor sees.
 */
@NullMarked
package io.distcache.jcache.internal.processor;

import org.jspecify.annotations.NullMarked;
