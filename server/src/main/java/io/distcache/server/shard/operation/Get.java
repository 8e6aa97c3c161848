package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;

/** Reads an entry: a {@link Reply.Value} or a {@link Reply.Miss}. Immutable. */
public record Get(Bytes key) implements EntryOperation {

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Reply decide(EntryView entry) {
        return read(entry);
    }

    /** Reads the entry, and counts that as a use of it. */
    public static Reply read(EntryView entry) {
        if (!entry.exists()) {
            return Reply.Miss.INSTANCE;
        }
        Reply value = new Reply.Value(entry.version(), entry.value());
        entry.read();
        return value;
    }
}
