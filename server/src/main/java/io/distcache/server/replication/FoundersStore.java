package io.distcache.server.replication;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the groups agree on, at a founder: it has all that already, in a store of its own, and only counts what is committed. Confined to the
 * consensus loop.
 */
final class FoundersStore implements Applier {
    private final Meta meta;
    private final GroupLog log;
    private final FirstState first;
    private final long millis;
    private final Replication.Listener listener;

    FoundersStore(Meta meta, GroupLog log, FirstState first, long millis, Replication.Listener listener) {
        this.meta = meta;
        this.log = log;
        this.first = first;
        this.millis = millis;
        this.listener = listener;
    }

    @Override
    public void apply(int group, long index, long epoch, byte[] entry) {
        if (group == Layout.META) {
            meta.apply(entry);
        } else {
            // Else it is of an earlier leadership of this node, which proposes it once more.
            log.committed(group, epoch, entry);
        }
    }

    @Override
    public void role(int group, Role role, int term, long epoch) {
        if (role == Role.LEADS) {
            if (group == Layout.META) {
                meta.lead(epoch);
            } else {
                log.lead(group, epoch);
            }
        } else {
            if (group == Layout.META) {
                meta.stopLeading();
            } else {
                log.stopLeading(group);
            }
        }
        listener.viewChanged();
    }

    @Override
    public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {
        if (group == Layout.META) {
            meta.snapshot(pieces);
            return;
        }
        try {
            first.pieces(group, millis, piece -> pieces.accept(() -> piece));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void install(int group, long index, Iterable<byte[]> pieces) {
        // Its own, which the engine begins with. There is no other: nobody else leads.
    }

    @Override
    public void failed(IOException cause) {
        log.failed(String.valueOf(cause.getMessage()));
        listener.failed(cause);
    }
}
