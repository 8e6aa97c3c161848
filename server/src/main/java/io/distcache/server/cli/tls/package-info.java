/** The tool for a running node's certificate: read {@link io.distcache.server.cli.tls.TlsReload}. */
@NullMarked
package io.distcache.server.cli.tls;

import org.jspecify.annotations.NullMarked;
