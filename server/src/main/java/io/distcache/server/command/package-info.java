/**
 * From a front door's command to the shard that executes it: {@link io.distcache.server.command.CommandRouter}. Commands over
 * many entries are taken apart here and their replies put together.
 */
@NullMarked
package io.distcache.server.command;

import org.jspecify.annotations.NullMarked;
