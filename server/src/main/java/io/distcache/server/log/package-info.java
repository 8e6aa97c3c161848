/**
 * The append-only log of a node: bytes without meaning, in segments. Read {@link io.distcache.server.log.LogRecord} first, then
 * {@link io.distcache.server.log.LogWriter} and {@link io.distcache.server.log.LogReader}. What a record means is the shard's.
 */
@NullMarked
package io.distcache.server.log;

import org.jspecify.annotations.NullMarked;
