/**
 * One node. {@link io.distcache.server.node.Node} is where to begin: it wires the parts and opens and closes them in order.
 * {@code Lifecycle} says what may run now, and why not; {@code Ports} are where it listens; {@code HealthReporter} makes its report;
 * {@code Housekeeping} is what it does again and again. The only package that sees all others; nothing but the command line uses it.
 */
@NullMarked
package io.distcache.server.node;

import org.jspecify.annotations.NullMarked;
