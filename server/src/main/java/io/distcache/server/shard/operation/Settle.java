package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;

/** Does what the holder of a lease has come to, one change after the other; the reply is that of the last. Immutable. */
public record Settle(Command.Settlement settlement) implements EntryOperation {

    @Override
    public Bytes key() {
        return settlement.key();
    }

    @Override
    public boolean isRead() {
        return settlement.changes().isEmpty();
    }

    @Override
    public Reply decide(EntryView entry) {
        Reply reply = new Reply.Changed(entry.exists(), false, 0, null);
        for (EntryChange change : settlement.changes()) {
            reply = decide(change, entry);
        }
        return reply;
    }

    private static Reply decide(EntryChange change, EntryView entry) {
        boolean existed = entry.exists();
        if (change instanceof EntryChange.Put put) {
            return Put.store(entry, put.value(), put.ttlMillis(), existed, null);
        }
        if (!existed) {
            return new Reply.Changed(false, false, 0, null);
        }
        if (change instanceof EntryChange.Touch touch) {
            long version = entry.version();
            if (touch.ttlMillis() == Ttl.DEFINED) {
                entry.access();
            } else {
                entry.touch(touch.ttlMillis());
            }
            return new Reply.Changed(true, true, version, null);
        }
        entry.remove();
        return new Reply.Changed(true, true, 0, null);
    }
}
