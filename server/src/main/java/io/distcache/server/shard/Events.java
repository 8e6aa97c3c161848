package io.distcache.server.shard;

import io.distcache.protocol.EventKind;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.store.EntryRecord;
import java.util.List;

/** Tells those who listen to a cache what was changed, once that is committed. Stateless; called under the shard's lock, so that events keep their order. */
final class Events {
    private Events() {}

    /** Tells what one command changed. */
    static void fire(Outcome outcome) {
        List<Applied> changes = outcome.applied();
        for (int i = 0; i < changes.size(); i++) {
            fire(changes.get(i), outcome);
        }
    }

    /** Tells one change. */
    static void fire(Applied change, Outcome outcome) {
        Subscriptions listening = change.cache.subscriptions();
        if (listening.isEmpty()) {
            return;
        }
        byte[] before = change.before;
        if (change.mutation instanceof Mutation.Store store) {
            byte[] record = store.record().array();
            outcome.acks = listening.fire(
                    before == null ? EventKind.CREATED : EventKind.UPDATED,
                    EntryRecord.key(record),
                    EntryRecord.value(record),
                    before == null ? null : EntryRecord.value(before),
                    EntryRecord.version(record),
                    outcome.origin,
                    outcome.acks);
        } else if (change.mutation instanceof Mutation.Delete delete
                && before != null
                && change.cause != Cause.DROPPED) {
            boolean removed = change.cause == Cause.REMOVED;
            outcome.acks = listening.fire(
                    removed ? EventKind.REMOVED : EventKind.EXPIRED,
                    delete.key(),
                    null,
                    EntryRecord.value(before),
                    delete.version(),
                    removed ? outcome.origin : null,
                    outcome.acks);
        }
    }
}
