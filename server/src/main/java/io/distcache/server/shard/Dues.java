package io.distcache.server.shard;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one session holds in the shards and owes them: its leases, and the acknowledgements that commands wait for. Thread-safe. */
public final class Dues {
    /** A lease. */
    interface Held {
        /** The session that holds it, perhaps, has ended; without a shard's lock. */
        void holderGone();
    }

    /** What a command waits for. */
    interface Owed {
        /** The session is gone, or has had its time: the command does not wait for it any longer. */
        void acknowledge(Session session);
    }

    private final Session session;
    private final Set<Held> leases = ConcurrentHashMap.newKeySet();
    private final Set<Owed> acksDue = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Promptness promptness;
    /** Guarded by {@link #acksDue}. */
    private boolean ended;

    /** Those of a new session: none. */
    public Dues(Session session) {
        this.session = session;
    }

    /** The session, which says already that it is closed, is gone: its leases pass on, and nobody waits for its acknowledgements. */
    public void end() {
        leases.forEach(Held::holderGone);
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

    void holds(Held lease) {
        leases.add(lease);
    }

    void noLongerHolds(Held lease) {
        leases.remove(lease);
    }

    void owes(Owed acks) {
        acksDue.add(acks);
        if (session.isClosed() || isLate()) {
            acks.acknowledge(session);
        }
    }

    void noLongerOwes(Owed acks) {
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
