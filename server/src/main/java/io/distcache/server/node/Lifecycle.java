package io.distcache.server.node;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import org.jspecify.annotations.Nullable;

/**
 * What a node does now, and why.
 *
 * <pre>
 *  STARTING -- loaded --> SERVING  &lt;-- readOnly(null) ---  READ_ONLY      any -- draining --> DRAINING
 *      |                     +------- readOnly(why) -----------^
 *      +----- loaded, and its log has failed already ----------+
 * </pre>
 *
 * <p>Thread-safe.
 */
final class Lifecycle {
    private static final Reply.Failure DRAINING = new Reply.Failure(Status.DRAINING, "the node is stopping");

    private final Runnable onChange;
    private volatile HealthReport.State state = HealthReport.State.STARTING;
    private volatile String cause = "";
    private volatile int progressPercent;

    /**
     * A node that is starting.
     *
     * @param onChange told when it serves, turns read-only, or serves again
     */
    Lifecycle(Runnable onChange) {
        this.onChange = onChange;
    }

    HealthReport.State state() {
        return state;
    }

    /** Why it is read-only; empty if it is not. */
    String cause() {
        return cause;
    }

    /** While it is starting: how much of its data it has. */
    int progressPercent() {
        return state == HealthReport.State.STARTING ? progressPercent : 0;
    }

    /** Why no commands are taken now; null if they are. */
    Reply.@Nullable Failure notReady() {
        return switch (state) {
            case SERVING, READ_ONLY -> null;
            case STARTING ->
                new Reply.Failure(Status.STARTING, "the node is loading its data, " + progressPercent + " % so far");
            case DRAINING -> DRAINING;
        };
    }

    /** It has so much of its data. */
    void loading(int percent) {
        progressPercent = percent;
    }

    /** It has all its data: from now on commands are taken. */
    void loaded() {
        synchronized (this) {
            state = cause.isEmpty() ? HealthReport.State.SERVING : HealthReport.State.READ_ONLY;
        }
        // Without the lock: who is told asks other parts, which may be what turned the node read-only.
        onChange.run();
    }

    /** Changes are not taken any more, or are again if the cause is null. */
    void readOnly(@Nullable String why) {
        synchronized (this) {
            cause = why == null ? "" : why;
            if (state == HealthReport.State.STARTING || state == HealthReport.State.DRAINING) {
                return;
            }
            state = why == null ? HealthReport.State.SERVING : HealthReport.State.READ_ONLY;
        }
        onChange.run();
    }

    /** It stops: no more commands are taken. */
    synchronized void draining() {
        state = HealthReport.State.DRAINING;
    }
}
