package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.NodeListener.State;
import io.distcache.protocol.Status;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether calls are given to a node over sockets, and what is wrong if not.
 *
 * <pre>
 *  HEALTHY ---- connection lost, or nothing comes, or nothing is answered ----&gt; SUSPECT ---- for too long ----&gt; DOWN
 *     ^                                                                           |                            |
 *     +---- something comes again, or: linked (hello, serving, caches open) and admitted by the owner ---------+
 * </pre>
 * While SUSPECT calls wait in the queue or for their replies up to their own time limit; while DOWN they fail at once. Each of them ends in
 * CLOSED.
 *
 * <p>Thread-safe to ask and to {@linkplain #close close}; what changes it otherwise is confined to the event loop.
 */
final class Reachability {
    private static final Logger LOG = LoggerFactory.getLogger(Reachability.class);

    private static final AtomicReferenceFieldUpdater<Reachability, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(Reachability.class, State.class, "state");

    /** What the node is among. */
    private enum Company {
        /** Calls have nowhere else to go while it is away. */
        ALONE,
        AMONG_OTHERS,
        /** It is no longer in the pool. */
        RETIRED
    }

    /** What has been seen of the node so far. */
    private enum Seen {
        NEVER,
        ATTEMPTED,
        ADMITTED
    }

    /** What is to be expected of the present trouble. */
    private enum Outlook {
        MAY_PASS,
        SURELY_DOWN,
        /** A wrong secret or version does not heal by itself. */
        REFUSED
    }

    private final Peer peer;
    private final BiConsumer<State, String> told;
    private final long callNanos;
    private final long downNanos;
    private volatile State state = State.SUSPECT;
    private volatile String trouble = "the first attempt to connect is under way";
    private volatile @Nullable Throwable troubleCause;
    private volatile Company company;

    private Seen seen = Seen.NEVER;
    private Outlook outlook = Outlook.MAY_PASS;
    private long awaySinceNanos = System.nanoTime();

    /** Not connected yet; {@code told} hears of each change, with its reason. */
    Reachability(ClientConfig config, Peer peer, boolean alone, BiConsumer<State, String> told) {
        this.peer = peer;
        this.told = told;
        this.callNanos = config.callTimeout().toNanos();
        this.downNanos = config.downAfter().toNanos();
        this.company = alone ? Company.ALONE : Company.AMONG_OTHERS;
    }

    // --- what is asked

    State state() {
        return state;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    boolean isDown() {
        return state == State.DOWN;
    }

    /** What is wrong, for people; empty if nothing is. */
    String trouble() {
        return trouble;
    }

    /** Why the last attempt to connect failed; null if it did not. */
    @Nullable
    Throwable troubleCause() {
        return troubleCause;
    }

    /** Empty, or it starts with a comma. */
    String whyNoReply() {
        return state == State.HEALTHY ? "" : ", and the node has been away: " + trouble;
    }

    /** Whether the node is no longer in the pool. */
    boolean isRetired() {
        return company == Company.RETIRED;
    }

    // --- what the pool says

    /** Whether calls have nowhere else to go while it is away. */
    void alone(boolean isAlone) {
        if (company != Company.RETIRED) {
            company = isAlone ? Company.ALONE : Company.AMONG_OTHERS;
        }
    }

    /** It is no longer in the pool. */
    void retire() {
        company = Company.RETIRED;
    }

    /** Calls go elsewhere, although it is linked. */
    void held(String why) {
        trouble = why;
        down();
    }

    // --- what connections come to

    /** Nobody is there, or what is there is no good. */
    void surelyDown() {
        outlook = Outlook.SURELY_DOWN;
    }

    /** It refused the handshake. */
    void refused(Status why) {
        // Callers hear of it at once.
        if (why == Status.UNAUTHORIZED || why == Status.VERSION_MISMATCH) {
            outlook = Outlook.REFUSED;
        } else if (outlook == Outlook.REFUSED) {
            outlook = Outlook.MAY_PASS;
        }
    }

    /** It answers, and loads its data. */
    void starting(int progressPercent) {
        trouble = "it is starting, " + progressPercent + " % so far";
        if (company != Company.ALONE) {
            down();
        }
    }

    /** Calls go to it. */
    void admitted() {
        outlook = Outlook.MAY_PASS;
        seen = Seen.ADMITTED;
        trouble = "";
        troubleCause = null;
        become(State.HEALTHY, "");
    }

    /** It stops, or leaves the pool. Alone calls wait for it to come back; else they go elsewhere. */
    void left(String why) {
        trouble = why;
        LOG.info("node {}: {}; no further calls go there", peer.where(), why);
        become(company == Company.ALONE ? State.SUSPECT : State.DOWN, why);
    }

    /** An attempt or a connection has ended; {@code why} is null if that was expected. */
    void lost(@Nullable String why, @Nullable Throwable cause) {
        if (seen == Seen.NEVER) {
            seen = Seen.ATTEMPTED;
        }
        if (why != null) {
            trouble = why;
        }
        troubleCause = cause;
    }

    /** From now on no calls go to it that did; returns since when. */
    long away() {
        awaySinceNanos = System.nanoTime();
        return awaySinceNanos;
    }

    /** Nothing comes from it, or no answers. */
    void suspect(String why) {
        trouble = why;
        become(State.SUSPECT, why);
    }

    /** It was healthy, and its connection is lost. */
    void suspectIfHealthy(String why) {
        if (state == State.HEALTHY) {
            become(State.SUSPECT, why);
        }
    }

    /** Something comes from it, and it is connected. */
    void heard() {
        if (state == State.SUSPECT) {
            trouble = "";
            become(State.HEALTHY, "it is heard again");
        }
    }

    /** It cannot take calls, and has not for a while. */
    void downIfAwayTooLong() {
        long away = System.nanoTime() - awaySinceNanos;
        // One that is alone is waited for while it starts again; one that never was there is not known to come.
        boolean tooLong = company == Company.ALONE && seen == Seen.ADMITTED
                ? away > callNanos
                : outlook == Outlook.SURELY_DOWN || away > downNanos;
        if (state == State.SUSPECT && (outlook == Outlook.REFUSED || tooLong)) {
            down();
        }
    }

    private void down() {
        State now = state;
        if (now == State.DOWN || now == State.CLOSED) {
            return;
        }
        if (outlook == Outlook.REFUSED) {
            LOG.error("node {} is down for this client: {}", peer.where(), trouble);
        } else if (seen != Seen.NEVER) {
            LOG.warn("node {} is down: {}", peer.where(), trouble);
        } else {
            LOG.info("node {} is not there yet, and calls do not wait for it: {}", peer.where(), trouble);
        }
        become(State.DOWN, trouble);
    }

    private void become(State next, String reason) {
        State now = state;
        if (now != next && now != State.CLOSED && STATE.compareAndSet(this, now, next)) {
            told.accept(next, reason);
        }
    }

    // --- the end

    /** No call is taken from now on; false if it was closed before. */
    boolean close() {
        return STATE.getAndSet(this, State.CLOSED) != State.CLOSED;
    }

    /** What was under way when it was closed has ended. */
    void closed() {
        told.accept(State.CLOSED, "");
    }
}
