package io.distcache.client;

import io.distcache.protocol.ShownUri;
import java.util.Objects;

/**
 * Where a node listens.
 *
 * @param host a name or address; an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record NodeAddress(String host, int port) {
    /** Where nodes listen unless told otherwise. */
    public static final int DEFAULT_PORT = 2050;

    public NodeAddress {
        Objects.requireNonNull(host, "host");
        if (host.isBlank()) {
            throw new IllegalArgumentException("a node address has no host; write host:port");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                    "port " + port + " of node " + ShownUri.of(host) + " is out of range; use 1 to 65535");
        }
    }

    /**
     * Reads {@code host}, {@code host:port}, {@code [v6]} or {@code [v6]:port}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static NodeAddress parse(String text) {
        boolean bracketed = text.startsWith("[");
        int afterHost = bracketed ? text.indexOf(']') + 1 : text.lastIndexOf(':');
        boolean wellFormed = bracketed ? afterHost > 0 : text.indexOf(':') == afterHost;
        if (!wellFormed) {
            throw new IllegalArgumentException(
                    "'" + ShownUri.of(text) + "' is no node address; write host:port, or [address]:port for IPv6");
        }
        if (afterHost < 0) {
            return new NodeAddress(text, DEFAULT_PORT);
        }
        String host = bracketed ? text.substring(1, afterHost - 1) : text.substring(0, afterHost);
        String rest = text.substring(afterHost);
        if (rest.isEmpty()) {
            return new NodeAddress(host, DEFAULT_PORT);
        }
        try {
            if (rest.startsWith(":")) {
                return new NodeAddress(host, Integer.parseInt(rest.substring(1)));
            }
        } catch (NumberFormatException e) {
            // Said below, as for any other rest.
        }
        throw new IllegalArgumentException(
                "'" + ShownUri.of(text) + "' has no port number after the host; write host:port");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
