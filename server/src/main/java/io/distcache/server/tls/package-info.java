/**
 * TLS at the node's ports: {@link io.distcache.server.tls.TlsConfig} is what a node is told, {@link io.distcache.server.tls.NodeTls} its
 * certificate as it is now, and {@link io.distcache.server.tls.TlsEntrance} how a client's connection is encrypted before a door takes it.
 */
@NullMarked
package io.distcache.server.tls;

import org.jspecify.annotations.NullMarked;
