package io.distcache.server.replication;

import io.distcache.server.consensus.LeadersTime;
import java.nio.ByteBuffer;

/** Reads the leader's time from what the groups agree on, both from that of the caches and from those of keys. Stateless. */
public final class Times implements LeadersTime {
    @Override
    public long ofEntry(int group, byte[] entry) {
        return group == Layout.META ? Meta.millis(entry) : EntryFormat.millis(entry);
    }

    @Override
    public long ofSnapshot(int group, byte[] piece) {
        return group == Layout.META ? ByteBuffer.wrap(piece).getLong() : GroupSnapshot.millis(piece);
    }
}
