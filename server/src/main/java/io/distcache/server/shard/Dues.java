package io.distcache.server.shard;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one session holds in the shards and owes them: its leases, and the acknowledgements that commands wait for. Thread-safe. */
public final class Dues {
    private final Session session;
    private final Set<LeasedEntry> leases = ConcurrentHashMap.newKeySet();
    private final Set<Acknowledgements> acksDue = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Promptness promptness;
    /** Guarded by {@link #acksDue}. */
    private boolean ended;

    /** Those of a new session: none. */
    public Dues(Session session) {
        this.session = session;
    }

    /** The session, which says already that it is closed, is gone: its leases pass on, and nobody waits for its acknowledgements. */
    public void end() {
        leases.forEach(LeasedEntry::holderGone);
        forgive();
        Promptness known;
        synchronized (acksDue) {
            ended = true;
            known = promptness;
        }
        if (known != null) {
            known.gone();
        }
    }

    void holds(LeasedEntry lease) {
        leases.add(lease);
    }

    void noLongerHolds(LeasedEntry lease) {
        leases.remove(lease);
    }

    void owes(Acknowledgements acks) {
        acksDue.add(acks);
        if (session.isClosed() || isLate()) {
            acks.acknowledge(session);
        }
    }

    void noLongerOwes(Acknowledgements acks) {
        acksDue.remove(acks);
    }

    /** Whether its synchronous listeners are not waited for at present. */
    boolean isLate() {
        Promptness known = promptness;
        return known != null && known.isLate();
    }

    /** Made with the first event that it has to acknowledge. */
    Promptness promptness(Supplier<Promptness> maker) {
        Promptness known = promptness;
        if (known == null) {
            synchronized (acksDue) {
                known = promptness;
                if (known == null) {
                    known = maker.get();
                    promptness = known;
                    if (ended) {
                        known.gone();
                    }
                }
            }
        }
        return known;
    }

    /** Nobody waits any longer for what it has not acknowledged. */
    void forgive() {
        acksDue.forEach(acks -> acks.acknowledge(session));
    }
}
