/**
 * Who may do what: read {@link io.distcache.server.access.Users}, which is what an access file says. A user proves who it is with a
 * password, a token or a certificate, and its rules say which effects it may have on which caches. No sockets, no protocols and no caches
 * come in here.
 */
@NullMarked
package io.distcache.server.access;

import org.jspecify.annotations.NullMarked;
