/**
 * A node's data directory at work. {@link io.distcache.server.persistence.Persistence} is where to begin: it has the directory, the
 * log and the snapshot thread. {@link io.distcache.server.persistence.Recovery} reads what a start loads, for tools and tests too;
 * {@code Snapshotter} says when a snapshot is written and what is removed then; {@code Backups} are files held for clients;
 * {@code KeptFiles} looks after what a start needs beside the log. Formats of files are not here: they belong to
 * {@code server.log}, {@code server.snapshot} and {@code server.pool}.
 */
@NullMarked
package io.distcache.server.persistence;

import org.jspecify.annotations.NullMarked;
