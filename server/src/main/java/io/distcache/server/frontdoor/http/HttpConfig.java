package io.distcache.server.frontdoor.http;

import io.distcache.server.tls.DoorTls;

/**
 * The HTTP port.
 *
 * @param port the port to listen on, at {@code server.bind}; 0 for any free one, -1 for none
 * @param tls whether it speaks TLS
 */
public record HttpConfig(int port, DoorTls tls) {
    public HttpConfig {
        if (port < -1 || port > 65535) {
            throw new IllegalArgumentException("http.port is " + port + "; allowed are 0 to 65535, or -1 for none");
        }
    }
}
