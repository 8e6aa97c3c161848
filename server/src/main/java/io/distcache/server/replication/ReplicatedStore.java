package io.distcache.server.replication;

import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Role;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.RefusedException;
import io.distcache.server.shard.Shards;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the groups agree on becomes what this node has. As a leader it has its own changes already; what others have decided is applied here.
 * Confined to the consensus loop.
 */
final class ReplicatedStore implements Applier {
    /** Hears when it may be another node that leads a group, and when the disk fails. */
    interface Listener {
        void viewChanged();

        void failed(IOException cause);

        /** So many bytes of entries of a group have come since its last snapshot that it is time for another. */
        void snapshotDue(int group);
    }

    private final Layout layout;
    private final Shards shards;
    private final CacheTable caches;
    private final NodeClock clock;
    private final GroupLog log;
    private final Meta meta;
    private final int pieceBytes;
    private final long maxLogBytes;
    private final Listener listener;
    /** The newest time of a leader, by group. */
    private final long[] millis;

    private final long[] bytes;

    ReplicatedStore(
            Layout layout,
            Shards shards,
            CacheTable caches,
            NodeClock clock,
            GroupLog log,
            Meta meta,
            int pieceBytes,
            long maxLogBytes,
            Listener listener) {
        this.layout = layout;
        this.shards = shards;
        this.caches = caches;
        this.clock = clock;
        this.log = log;
        this.meta = meta;
        this.pieceBytes = pieceBytes;
        this.maxLogBytes = maxLogBytes;
        this.listener = listener;
        this.millis = new long[layout.consensusGroups()];
        this.bytes = new long[layout.consensusGroups()];
    }

    @Override
    public void apply(int group, long index, long epoch, byte[] entry) {
        applyNow(group, epoch, entry);
        bytes[group] += entry.length;
        if (bytes[group] >= maxLogBytes) {
            bytes[group] = 0;
            listener.snapshotDue(group);
        }
    }

    private void applyNow(int group, long epoch, byte[] entry) {
        if (group == Layout.META) {
            meta.apply(entry);
        } else if (log.committed(group, epoch, entry)) {
            // A snapshot that is made when this node leads no more has it, too.
            millis[group] = Math.max(millis[group], EntryFormat.millis(entry));
        } else {
            long at = EntryFormat.read(entry, new EntryFormat.Visitor() {
                @Override
                public void caches(List<Mutation> created) {
                    created.forEach(one -> {
                        if (one instanceof Mutation.Create create) {
                            caches.announce(create.cacheId(), create.definition());
                        }
                    });
                }

                @Override
                public void changes(int partition, List<Mutation> mutations) {
                    shards.get(partition).replica().follow(mutations, caches);
                }
            });
            millis[group] = Math.max(millis[group], at);
        }
    }

    @Override
    public void role(int group, Role role, int term, long epoch) {
        if (group == Layout.META) {
            if (role == Role.LEADS) {
                meta.lead(epoch);
            } else {
                meta.stopLeading();
            }
        } else if (role == Role.LEADS) {
            // Deadlines were made from that time.
            clock.notBefore(millis[group]);
            log.lead(group, epoch);
        } else {
            log.stopLeading(group);
            RefusedException why = log.indeterminate(group);
            for (int partition = layout.first(group); partition < layout.end(group); partition++) {
                shards.get(partition).replica().stopLeading(caches.all(), why);
            }
        }
        listener.viewChanged();
    }

    @Override
    public void viewChanged(int group) {
        listener.viewChanged();
    }

    @Override
    public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {
        bytes[group] = 0;
        if (group == Layout.META) {
            meta.snapshot(pieces);
        } else {
            long newest = log.leadsGroup(group) ? clock.millis() : millis[group];
            GroupSnapshot.write(layout, group, newest, shards, caches.all(), pieceBytes, pieces);
        }
    }

    @Override
    public void install(int group, long index, Iterable<byte[]> pieces) {
        if (group == Layout.META) {
            meta.install(pieces);
            return;
        }
        millis[group] = Math.max(millis[group], GroupSnapshot.install(layout, group, pieces, shards, caches));
    }

    /** The newest time of a leader that was applied in any group. */
    long newestMillis() {
        return Arrays.stream(millis).max().orElse(0);
    }

    @Override
    public void failed(IOException cause) {
        listener.failed(cause);
    }
}
