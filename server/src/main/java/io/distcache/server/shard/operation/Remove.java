package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;

/** Removes an entry if a condition is true ({@link Command.Remove}). Immutable. */
public record Remove(Command.Remove command) implements EntryOperation {

    @Override
    public Bytes key() {
        return command.key();
    }

    @Override
    public boolean isRead() {
        return false;
    }

    @Override
    public Reply decide(EntryView entry) {
        if (!entry.exists()) {
            return new Reply.Changed(false, false, 0, null);
        }
        Bytes old = command.returnOld() ? entry.value() : null;
        if (!Conditions.hold(command.condition(), entry)) {
            long version = entry.version();
            if (Conditions.haveRead(command.condition(), false)) {
                entry.access();
            }
            return new Reply.Changed(true, false, version, old);
        }
        entry.remove();
        return new Reply.Changed(true, true, 0, old);
    }
}
