package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who wants to hear of a cache's events. Thread-safe; firing is lock-free. */
public final class Subscriptions {

    private record Subscription(Session session, int handle, int kinds, int syncKinds, boolean oldValues) {}

    private final AcknowledgementBook book;
    private volatile List<Subscription> all = List.of();

    Subscriptions(AcknowledgementBook book) {
        this.book = book;
    }

    /** Sets what a session wants under a handle; {@code kinds} 0 for nothing any more. */
    public synchronized void set(Session session, int handle, int kinds, int syncKinds, boolean oldValues) {
        List<Subscription> next = new ArrayList<>(all);
        next.removeIf(s -> s.session == session && s.handle == handle);
        // A session closes first and then gives its subscriptions back, so none comes too late to be given back.
        if (kinds != 0 && !session.isClosed()) {
            next.add(new Subscription(session, handle, kinds, syncKinds, oldValues));
        }
        all = List.copyOf(next);
    }

    /** A session wants nothing any more under a handle. */
    public void remove(Session session, int handle) {
        if (!all.isEmpty()) {
            set(session, handle, 0, 0, false);
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * Tells everybody of an event. Called under the shard's lock, so that events of one entry keep their order.
     *
     * @param cause whose command it was, or null if it was time
     * @param due acknowledgements that the command already waits for, or null
     * @return those it waits for now
     */
    @Nullable
    Acknowledgements fire(
            EventKind kind,
            Bytes key,
            @Nullable Bytes value,
            @Nullable Bytes old,
            long version,
            @Nullable Origin cause,
            @Nullable Acknowledgements due) {
        Acknowledgements acks = due;
        for (Subscription s : all) {
            if ((s.kinds & kind.bit()) == 0) {
                continue;
            }
            int request = cause != null && cause.session() == s.session ? cause.request() : 0;
            boolean own = request != 0;
            long ackId = 0;
            if (!own && cause != null && (s.syncKinds & kind.bit()) != 0 && !s.session.isClosed()) {
                acks = book.await(s.session, acks);
                ackId = book.idFor(s.session, acks);
            }
            s.session.push(
                    new Push.Event(s.handle, kind, key, value, s.oldValues ? old : null, version, ackId, request));
        }
        return acks;
    }
}
