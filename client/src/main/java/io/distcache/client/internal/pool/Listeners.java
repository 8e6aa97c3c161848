package io.distcache.client.internal.pool;

import io.distcache.client.Member;
import io.distcache.client.NodeListener;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.SessionOwner;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Routes;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the application's listeners what sessions tell. Thread-safe. */
public final class Listeners implements SessionOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final WeakReference<List<NodeListener>> all;

    /**
     * For these, which may become more and fewer. It is their client that holds them: the threads that hear of nodes live longer than an
     * application that forgets to close it.
     */
    public Listeners(List<NodeListener> all) {
        this.all = new WeakReference<>(all);
    }

    @Override
    public void linked(NodeSession session) {
        // Of no interest before it is admitted.
    }

    @Override
    public void stateChanged(NodeSession session, NodeListener.State state, String reason) {
        each(listener -> listener.stateChanged(session.where(), state, reason));
    }

    @Override
    public void reported(NodeSession session, HealthReport report) {
        each(listener -> listener.health(new LastReport(report)));
    }

    @Override
    public void membersChanged(NodeSession session, Membership membership) {
        // The monitor tells when calls go by them.
    }

    @Override
    public void routesChanged(NodeSession session, Routes routes) {
        // Who leads what is of no interest to applications.
    }

    /** Calls go by these members from now on. */
    void membersChanged(Membership membership) {
        List<Member> members = Members.shown(membership);
        each(listener -> listener.membersChanged(membership.epoch(), members));
    }

    private void each(Consumer<NodeListener> told) {
        List<NodeListener> present = all.get();
        for (NodeListener listener : present == null ? List.<NodeListener>of() : present) {
            try {
                told.accept(listener);
            } catch (Throwable e) {
                // Nobody waits for listeners, and those beside it, and the thread that tells them, have done nothing.
                LOG.warn("the listener of nodes {} failed", listener.getClass().getName(), e);
            }
        }
    }
}
