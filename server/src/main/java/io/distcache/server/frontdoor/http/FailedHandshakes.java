package io.distcache.server.frontdoor.http;

import io.distcache.protocol.tls.TlsFailure;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Clients of the HTTP port that do not get as far as a request, as those that speak plain text to a port with TLS: one line of the log for them,
 * at most one in a second. Who has only closed the connection, as a load balancer does that looks whether the port is open, is not worth one.
 * Thread-safe.
 */
final class FailedHandshakes {
    private static final long SECOND_NANOS = 1_000_000_000;

    private final Consumer<String> log;
    private final LongSupplier nanos;
    private long saidNanos;
    private long unsaid;

    /**
     * None yet.
     *
     * @param log takes the lines
     * @param nanos a clock, as {@link System#nanoTime}
     */
    FailedHandshakes(Consumer<String> log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.saidNanos = nanos.getAsLong() - SECOND_NANOS;
    }

    /** Tells of a failure, if it is about TLS and the client's doing. */
    void failed(Throwable failure) {
        if (!TlsFailure.is(failure) || TlsFailure.isOnlyClosed(failure)) {
            return;
        }
        String more;
        synchronized (this) {
            long now = nanos.getAsLong();
            if (now - saidNanos < SECOND_NANOS) {
                unsaid++;
                return;
            }
            saidNanos = now;
            more = unsaid == 0 ? "" : "; before, " + unsaid + " more of which nothing was said";
            unsaid = 0;
        }
        log.accept("closed a connection to http.port: " + TlsFailure.ofNode(failure) + more);
    }
}
