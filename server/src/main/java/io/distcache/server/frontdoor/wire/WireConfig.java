package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Secret;
import io.distcache.server.memory.Buffers;
import io.distcache.server.tls.TlsConfig;
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
 * @param maxBufferedBytes how much the node holds for all its clients together, besides what is stored
 * @param handshakeTimeout how long a new connection may stay silent
 * @param drainTimeout how long a node that stops goes on answering clients that know its pool, so that they can turn to others
 * @param peerTimeout how long a client that has vanished without a word keeps its connection; zero for what the system says
 * @param authToken the shared secret that clients must send
 * @param allowOpenAccess whether to listen on an address that others reach without a token
 * @param allowPlaintext whether to listen on such an address without TLS
 * @param tls TLS, at this port and, unless it is said otherwise, at all
 */
public record WireConfig(
        String bind,
        int port,
        int eventLoops,
        int maxFrameBytes,
        int maxConnections,
        int maxInFlight,
        int outputLimitBytes,
        long maxBufferedBytes,
        Duration handshakeTimeout,
        Duration drainTimeout,
        Duration peerTimeout,
        Secret authToken,
        boolean allowOpenAccess,
        boolean allowPlaintext,
        TlsConfig tls) {
    private static final int LEAST_FRAME_BYTES = 1 << 16;
    private static final int REGION_BYTES = 1 << 20;
    private static final int LEAST_BUFFERED_BYTES = 1 << 20;

    public WireConfig {
        within("server.port", port, 0, 65535);
        within("server.event-loops", eventLoops, 0, 1024);
        within("server.max-frame-bytes", maxFrameBytes, LEAST_FRAME_BYTES, 1 << 30);
        within("server.max-connections", maxConnections, 1, 1_000_000);
        within("server.max-in-flight", maxInFlight, 1, 1_000_000);
        within("server.output-limit-bytes", outputLimitBytes, 1 << 20, Integer.MAX_VALUE);
        within("server.max-buffered-bytes", maxBufferedBytes, LEAST_BUFFERED_BYTES, Long.MAX_VALUE);
        within("server.handshake-timeout", handshakeTimeout.toMillis(), 10, 3_600_000);
        within("server.drain-timeout", drainTimeout.toMillis(), 0, 3_600_000);
        if (!peerTimeout.isZero()) {
            within("server.peer-timeout", peerTimeout.toMillis(), 2_000, 86_400_000);
        }
    }

    /**
     * The same for a node with so much room beside its store: no more is buffered, and no frame is longer than can be buffered.
     *
     * @param copies as {@link Buffers} has it
     */
    public WireConfig fitting(long roomBytes, int copies) {
        long buffered = Math.min(maxBufferedBytes, Math.max(roomBytes, LEAST_BUFFERED_BYTES));
        long share = Buffers.longestRequest(buffered) / copies;
        // A large array may take a part of the heap's region more than it has bytes.
        long frame = Math.max(LEAST_FRAME_BYTES, share - Math.min(REGION_BYTES, share / 4));
        return new WireConfig(
                bind,
                port,
                eventLoops,
                (int) Math.min(maxFrameBytes, frame),
                maxConnections,
                maxInFlight,
                outputLimitBytes,
                buffered,
                handshakeTimeout,
                drainTimeout,
                peerTimeout,
                authToken,
                allowOpenAccess,
                allowPlaintext,
                tls);
    }

    private static void within(String setting, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(setting + " is " + value + "; allowed are " + least + " to " + most);
        }
    }
}
