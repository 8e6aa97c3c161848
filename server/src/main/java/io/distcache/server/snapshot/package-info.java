/**
 * Snapshots of a node's store: {@link io.distcache.server.snapshot.SnapshotWriter} draws the format, {@link
 * io.distcache.server.snapshot.SnapshotReader} checks and reads it. Knows entries as records, caches as opaque definitions.
 */
@NullMarked
package io.distcache.server.snapshot;

import org.jspecify.annotations.NullMarked;
