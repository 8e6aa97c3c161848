package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** Stores a value if a condition is true ({@link Command.Put}). Immutable. */
public record Put(Command.Put command) implements EntryOperation {

    @Override
    public Bytes key() {
        return command.key();
    }

    @Override
    public long bytes() {
        Bytes expected = command.condition().value();
        return (long) key().length() + command.value().length() + (expected == null ? 0 : expected.length());
    }

    @Override
    public boolean isRead() {
        return false;
    }

    @Override
    public Reply decide(EntryView entry) {
        boolean existed = entry.exists();
        long version = entry.version();
        Bytes old = command.returnOld() && existed ? entry.value() : null;
        if (!Conditions.hold(command.condition(), entry)) {
            if (Conditions.haveRead(command.condition(), command.returnOld())) {
                entry.access();
            }
            return new Reply.Changed(existed, false, version, old);
        }
        return store(entry, command.value(), command.ttlMillis(), existed, old);
    }

    /** Stores a value; with a ttl of 0 nothing is there afterwards, and nothing was changed if nothing was there before. */
    static Reply store(EntryView entry, Bytes value, long ttlMillis, boolean existed, @Nullable Bytes old) {
        entry.store(value, ttlMillis);
        return new Reply.Changed(existed, entry.exists() || existed, entry.version(), old);
    }
}
