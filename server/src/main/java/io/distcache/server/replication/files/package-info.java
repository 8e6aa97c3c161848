/**
 * The groups of a replicated pool on disk. Read {@link io.distcache.server.replication.files.GroupFiles}, which keeps the port {@link
 * io.distcache.server.consensus.GroupStore} with the node's log. No engine and no socket come in here.
 */
@NullMarked
package io.distcache.server.replication.files;

import org.jspecify.annotations.NullMarked;
