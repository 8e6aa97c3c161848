/**
 * What the tools of operators share: exit codes and where they print to ({@link io.distcache.server.cli.Tool}), tables and JSON, and
 * a connection to a running node ({@link io.distcache.server.cli.NodeConnection}). The tools themselves are in {@code data} and
 * {@code pool}. No node and no client is to come in here.
 */
@NullMarked
package io.distcache.server.cli;

import org.jspecify.annotations.NullMarked;
