package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.store.EntryRecord;

/**
 * How long an entry has still to live: a {@link Reply.Count} of milliseconds; -1 if it does not expire, -2 if it is not there. Immutable.
 */
public record TtlOf(Bytes key) implements EntryOperation {

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Reply decide(EntryView entry) {
        if (!entry.exists()) {
            return new Reply.Count(-2);
        }
        long deadline = entry.deadlineMillis();
        return new Reply.Count(deadline == EntryRecord.NO_DEADLINE ? -1 : deadline - entry.nowMillis());
    }
}
