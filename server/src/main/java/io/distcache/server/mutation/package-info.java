/** What changes a shard's entries: what is logged, replayed and handed to the one writer of a shard. Knows records, and nobody who has them. */
@NullMarked
package io.distcache.server.mutation;

import org.jspecify.annotations.NullMarked;
