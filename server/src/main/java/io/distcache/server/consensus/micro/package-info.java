/**
 * The port, kept by MicroRaft: read {@link io.distcache.server.consensus.micro.MicroConsensus}, then {@code EngineLoop}, which says in which
 * order things leave a node, and {@code Group}. This is the only package that knows the engine, so that another can take its place; it
 * is also where the engine's faults are contained, each named at the class that does it. No socket, no file and no clock come in here.
 */
@NullMarked
package io.distcache.server.consensus.micro;

import org.jspecify.annotations.NullMarked;
