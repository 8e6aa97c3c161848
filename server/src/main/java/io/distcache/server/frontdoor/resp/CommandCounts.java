package io.distcache.server.frontdoor.resp;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often each command was called by the clients of one event loop, and what that took. Written by that event loop alone, so that it needs
 * neither a lock nor an atomic addition; read by any thread.
 */
final class CommandCounts {
    static final int CALLS = 0;
    static final int NANOS = 1;
    /** Refused before it was executed. */
    static final int REJECTED = 2;
    /** Executed, and answered with an error. */
    static final int FAILED = 3;

    static final int KINDS = 4;

    private final AtomicLongArray counts;

    CommandCounts(int commands) {
        counts = new AtomicLongArray(commands * KINDS);
    }

    void called(RespCommand command, long nanos) {
        add(command, CALLS, 1);
        add(command, NANOS, nanos);
    }

    void rejected(RespCommand command) {
        add(command, REJECTED, 1);
    }

    void failed(RespCommand command) {
        add(command, FAILED, 1);
    }

    private void add(RespCommand command, int kind, long more) {
        int at = command.index() * KINDS + kind;
        counts.setOpaque(at, counts.getPlain(at) + more);
    }

    /** Adds all of these to those, which are as many. */
    void addTo(long[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += counts.getOpaque(i);
        }
    }
}
