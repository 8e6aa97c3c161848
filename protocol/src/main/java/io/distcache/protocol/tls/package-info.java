/**
 * How both ends use TLS: which versions and suites they speak, and how keys and certificates are read from files. Start with {@link
 * io.distcache.protocol.tls.OwnCertificate}. The JDK and Vert.x do the reading; nothing here knows about sockets.
 */
@NullMarked
package io.distcache.protocol.tls;

import org.jspecify.annotations.NullMarked;
