package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Secret;
import java.time.Duration;

/**
 * The native front door.
 *
 * @param bind the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param eventLoops how many threads serve connections
 * @param maxFrameBytes the longest frame taken
 * @param maxConnections how many clients at once
 * @param maxInFlight how many unanswered commands on one connection
 * @param outputLimitBytes how much a client that does not read may leave unsent before it is disconnected
 * @param handshakeTimeout how long a new connection may stay silent
 * @param drainTimeout how long a node that stops goes on answering clients that know its pool, so that they can turn to others
 * @param authToken the shared secret that clients must send
 * @param allowOpenAccess whether to listen on an address that others reach without a token
 */
public record WireConfig(
        String bind,
        int port,
        int eventLoops,
        int maxFrameBytes,
        int maxConnections,
        int maxInFlight,
        int outputLimitBytes,
        Duration handshakeTimeout,
        Duration drainTimeout,
        Secret authToken,
        boolean allowOpenAccess) {
    public WireConfig {
        within("server.port", port, 0, 65535);
        within("server.event-loops", eventLoops, 0, 1024);
        within("server.max-frame-bytes", maxFrameBytes, 1 << 16, 1 << 30);
        within("server.max-connections", maxConnections, 1, 1_000_000);
        within("server.max-in-flight", maxInFlight, 1, 1_000_000);
        within("server.output-limit-bytes", outputLimitBytes, 1 << 20, Integer.MAX_VALUE);
        within("server.handshake-timeout", handshakeTimeout.toMillis(), 10, 3_600_000);
        within("server.drain-timeout", drainTimeout.toMillis(), 0, 3_600_000);
    }

    private static void within(String setting, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(setting + " is " + value + "; allowed are " + least + " to " + most);
        }
    }
}
