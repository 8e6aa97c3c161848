package io.distcache.server.shard;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one command still waits for from synchronous listeners in other processes, before it is answered. Thread-safe. Ends when
 * each session has acknowledged every event it got or is gone, or at the time limit.
 */
final class Acknowledgements implements Dues.Owed {
    private final AcknowledgementBook book;
    private final long id;
    private final long deadlineNanos;
    private final Map<Session, Integer> missing = new HashMap<>();
    private boolean sealed;
    private @Nullable Runnable then;

    Acknowledgements(AcknowledgementBook book, long id, long deadlineNanos) {
        this.book = book;
        this.id = id;
        this.deadlineNanos = deadlineNanos;
    }

    long id() {
        return id;
    }

    boolean isOverdue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /** One more event was sent to this session; the id to acknowledge it by. */
    synchronized long expect(Session session) {
        missing.merge(session, 1, Integer::sum);
        session.dues().owes(this);
        return id;
    }

    /** Runs {@code action} once nothing is missing: at once if so already. */
    void whenComplete(Runnable action) {
        synchronized (this) {
            sealed = true;
            then = action;
        }
        runIfComplete();
    }

    /** The session's listeners have run for one of its events; whether they were still waited for. */
    boolean acknowledgeOne(Session session) {
        boolean awaited;
        synchronized (this) {
            awaited = missing.containsKey(session);
            missing.computeIfPresent(session, (s, n) -> n > 1 ? n - 1 : null);
            if (!missing.containsKey(session)) {
                session.dues().noLongerOwes(this);
            }
        }
        runIfComplete();
        return awaited;
    }

    @Override
    public void acknowledge(Session session) {
        synchronized (this) {
            missing.remove(session);
            session.dues().noLongerOwes(this);
        }
        runIfComplete();
    }

    /** Nobody is waited for any longer. Returns those that were. */
    List<Session> giveUp() {
        List<Session> gone;
        synchronized (this) {
            gone = List.copyOf(missing.keySet());
            gone.forEach(s -> s.dues().noLongerOwes(this));
            missing.clear();
        }
        runIfComplete();
        return gone;
    }

    private void runIfComplete() {
        Runnable action;
        synchronized (this) {
            if (!sealed || !missing.isEmpty() || then == null) {
                return;
            }
            action = then;
            then = null;
        }
        book.close(this);
        action.run();
    }
}
