package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;

/** Whether an entry is there: a {@link Reply.Count} of 1 or 0. Immutable. */
public record Contains(Bytes key) implements EntryOperation {

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Reply decide(EntryView entry) {
        return new Reply.Count(entry.exists() ? 1 : 0);
    }
}
