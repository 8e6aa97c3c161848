/**
 * From a door's command to the shard that executes it. Read {@link io.distcache.server.dispatch.Dispatcher} first, then {@link
 * io.distcache.server.dispatch.Gate}, then the handler of a group of commands, such as {@link
 * io.distcache.server.dispatch.EntryHandler}. Doors whose protocols have no handles use {@link io.distcache.server.dispatch.NamedCache}.
 * Commands over many entries are taken apart here and their replies put together. How an entry is changed is the shard's matter.
 */
@NullMarked
package io.distcache.server.dispatch;

import org.jspecify.annotations.NullMarked;
