/**
 * One node: {@link io.distcache.server.Main} reads the command line, {@link io.distcache.server.node.Node} wires the parts. The only
 * package that sees all others.
 */
@NullMarked
package io.distcache.server;

import org.jspecify.annotations.NullMarked;
