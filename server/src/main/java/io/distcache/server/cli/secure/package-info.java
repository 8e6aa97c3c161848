/**
 * The tool that makes certificates and users for a first node: read {@link io.distcache.server.cli.secure.SecureCommand}. It needs no node, and
 * makes files only.
 */
@NullMarked
package io.distcache.server.cli.secure;

import org.jspecify.annotations.NullMarked;
