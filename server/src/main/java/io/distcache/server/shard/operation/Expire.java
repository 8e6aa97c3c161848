package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.store.EntryRecord;

/** Gives an entry another deadline, depending on the one that it has ({@link Command.Expire}). Immutable. */
public record Expire(Command.Expire command) implements EntryOperation {

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
        long version = entry.version();
        if (!mayMove(entry.deadlineMillis(), entry.deadlineIn(command.ttlMillis()), command.when())) {
            return new Reply.Changed(true, false, version, null);
        }
        if (command.ttlMillis() == Ttl.DEFINED) {
            entry.read();
        } else if (command.ttlMillis() != Ttl.UNCHANGED) {
            entry.expireIn(command.ttlMillis());
        }
        return new Reply.Changed(true, true, entry.version(), null);
    }

    /** Whether a deadline may take the place of the present one. */
    public static boolean mayMove(long present, long wanted, Command.DeadlineIs when) {
        return switch (when) {
            case ANY -> true;
            case NONE -> present == EntryRecord.NO_DEADLINE;
            case SOME -> present != EntryRecord.NO_DEADLINE;
            case EARLIER -> present < wanted;
            case LATER -> present > wanted;
        };
    }
}
