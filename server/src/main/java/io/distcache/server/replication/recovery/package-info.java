/**
 * The data of a replicated pool without the pool: what one stopped member holds becomes the data of a node on its own. {@code StoppedMember} reads,
 * {@code ForcedRecovery} puts it in the member's place.
 */
@NullMarked
package io.distcache.server.replication.recovery;

import org.jspecify.annotations.NullMarked;
