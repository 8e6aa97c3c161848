package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Judges by silence and by calls without an answer whether the node at the other end of a connection lives. Time in which this process
 * stood still is not the node's. Confined to the event loop.
 */
final class Liveness {
    static final long TICK_MILLIS = 50;
    private static final long STILL_NANOS = TimeUnit.MILLISECONDS.toNanos(10 * TICK_MILLIS);

    /** What a look at the node has come to. */
    sealed interface Verdict {}

    /** It answers, as far as can be told. */
    record Alive() implements Verdict {}

    /** It may be gone. */
    record Suspect(String why) implements Verdict {}

    /** It is taken for gone. */
    record Dead(String why) implements Verdict {}

    private static final Verdict ALIVE = new Alive();

    private final long silenceNanos;
    private final long suspectNanos;
    private final long callNanos;
    private final long extensionNanos;
    private long tickedNanos = System.nanoTime();
    private long heardNanos;
    private long answeredNanos;
    private boolean hasAnswered;

    Liveness(ClientConfig config, long callNanos, long extensionNanos) {
        this.callNanos = callNanos;
        this.extensionNanos = extensionNanos;
        this.silenceNanos = config.silenceLimit().toNanos();
        // One report may be lost, and the next one late by half.
        this.suspectNanos = Math.min(config.healthInterval().toNanos() * 5 / 2, silenceNanos);
    }

    /** A node has said its hello. */
    void greeted() {
        heardNanos = System.nanoTime();
        answeredNanos = heardNanos;
    }

    /** A command was answered. */
    void answered() {
        hasAnswered = true;
    }

    /** How much time has passed since this was asked last. */
    long sinceTick(long now) {
        long since = now - tickedNanos;
        tickedNanos = now;
        return since;
    }

    /** Whether it is this process that stood still: what has come meanwhile is read before the next tick, and then judged. */
    boolean stoodStill(long sinceTick, long now) {
        if (sinceTick <= STILL_NANOS) {
            return false;
        }
        heardNanos += Math.min(sinceTick, now - heardNanos);
        return true;
    }

    /**
     * Looks at a connection.
     *
     * @param expired gets calls whose time has passed and that nobody waits for
     * @param forgotten gets calls that are forgotten: they ended long ago and were never answered
     */
    Verdict look(Connection at, long now, Consumer<Call> expired, Consumer<Call> forgotten) {
        if (at.heardSinceLastAsked()) {
            heardNanos = now;
        }
        if (hasAnswered) {
            hasAnswered = false;
            answeredNanos = now;
        }
        long silent = now - heardNanos;
        if (silent > silenceNanos) {
            return new Dead("nothing came from the node for " + TimeUnit.NANOSECONDS.toMillis(silenceNanos) + " ms");
        }
        long unanswered = unansweredNanos(at, now, expired, forgotten);
        if (unanswered > Math.max(callNanos, silenceNanos / 2)) {
            return new Dead((silent > suspectNanos ? "nothing has come from it, and" : "it reports, but")
                    + " no command has been answered for " + TimeUnit.NANOSECONDS.toMillis(now - answeredNanos)
                    + " ms");
        }
        if (silent > suspectNanos) {
            return new Suspect("nothing has come from it for " + TimeUnit.NANOSECONDS.toMillis(silent) + " ms");
        }
        return unanswered > 0 ? new Suspect("it reports, but answers no commands") : ALIVE;
    }

    /** For how long calls have been over their time limits without any reply since they were sent; 0 if none is. Ends those. */
    private long unansweredNanos(Connection at, long now, Consumer<Call> expired, Consumer<Call> forgotten) {
        long longest = 0;
        List<Call> overdue = new ArrayList<>(0);
        for (Call call : at.inFlight()) {
            if (call.deadlineNanos() - now <= 0) {
                overdue.add(call);
            }
        }
        List<Call> old = new ArrayList<>(0);
        for (Call call : overdue) {
            if (answeredNanos - call.startNanos() < 0) {
                longest = Math.max(longest, now - call.deadlineNanos());
            }
            if (call.future != null) {
                expired.accept(call);
            }
            if (now - call.deadlineNanos() > extensionNanos) {
                old.add(call);
            }
        }
        at.forget(old).forEach(forgotten);
        return longest;
    }
}
