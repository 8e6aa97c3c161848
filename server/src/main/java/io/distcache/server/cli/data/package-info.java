/**
 * Tools for the data of a node: {@code distcache log}, {@code snapshot}, {@code backup}, {@code restore}. Each is a picocli command
 * named after what it does; read {@link io.distcache.server.cli.data.LogCommand} and {@link
 * io.distcache.server.cli.data.SnapshotCommand} first, then {@code StartPoint}, which says what a start would find. They read logs and
 * snapshots with their own readers and change nothing that they only read.
 */
@NullMarked
package io.distcache.server.cli.data;

import org.jspecify.annotations.NullMarked;
