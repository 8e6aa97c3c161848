/**
 * What is done to one entry, whichever door it comes by: an {@link io.distcache.server.shard.operation.EntryOperation} looks at an
 * {@link io.distcache.server.shard.operation.EntryView}, which notes what it decides. Read the view first, then
 * {@link io.distcache.server.shard.operation.Put}. Knows records and mutations, and no shard.
 */
@NullMarked
package io.distcache.server.shard.operation;

import org.jspecify.annotations.NullMarked;
