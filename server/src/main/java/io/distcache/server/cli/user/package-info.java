/**
 * The tool for access files: read {@link io.distcache.server.cli.user.UserCommand}. It needs no node; one that runs sees by itself that its file
 * has changed.
 */
@NullMarked
package io.distcache.server.cli.user;

import org.jspecify.annotations.NullMarked;
