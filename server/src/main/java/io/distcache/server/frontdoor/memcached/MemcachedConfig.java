package io.distcache.server.frontdoor.memcached;

import io.distcache.server.tls.DoorTls;

/**
 * The front door for clients of memcached.
 *
 * @param port the port to listen on, at {@code server.bind}; 0 for any free one, -1 for none
 * @param cache the name of the cache in namespace {@code default}
 * @param tls whether it speaks TLS
 */
public record MemcachedConfig(int port, String cache, DoorTls tls) {
    public MemcachedConfig {
        if (port < -1 || port > 65535) {
            throw new IllegalArgumentException(
                    "memcached.port is " + port + "; allowed are 0 to 65535, or -1 for none");
        }
        if (cache.isEmpty() || cache.length() > 1000) {
            throw new IllegalArgumentException(
                    "memcached.cache is '" + cache + "'; write a name of 1 to 1000 characters");
        }
    }
}
