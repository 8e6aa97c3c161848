/**
 * The entries of one cache in one shard: where they lie, which has expired, which goes when space is short.
 *
 * <p>Read {@link io.distcache.server.store.EntryRecord} first: an entry is one byte array. {@link
 * io.distcache.server.store.EntryMap} finds it by key and chooses what to evict, {@link
 * io.distcache.server.store.ExpiryWheel} finds it by deadline.
 *
 * <p>No I/O, no clock, no threads and no locks come in here: time is an argument, and all of it is guarded by the
 * shard's lock.
 */
@NullMarked
package io.distcache.server.store;

import org.jspecify.annotations.NullMarked;
