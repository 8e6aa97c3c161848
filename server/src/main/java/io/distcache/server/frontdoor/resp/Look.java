package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;

/** Whether an entry is there, and which. An object for one use. Made on its connection's event loop, decides under the shard's lock. */
class Look extends RespVerb {
    private boolean exists;
    private Bytes value = Bytes.EMPTY;
    private long version;
    private long deadlineMillis;

    Look(RespClient c, Bytes key) {
        super(c, key);
    }

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    void run(EntryView entry) {
        exists = entry.exists();
        value = entry.value();
        version = entry.version();
        deadlineMillis = entry.deadlineMillis();
    }

    final boolean exists() {
        return exists;
    }

    final Bytes value() {
        return value;
    }

    final long version() {
        return version;
    }

    final long deadlineMillis() {
        return deadlineMillis;
    }

    @Override
    void answer(ByteBuf out) {
        Replies.integer(out, exists ? 1 : 0);
    }
}
