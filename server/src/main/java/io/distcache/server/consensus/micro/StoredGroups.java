package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.StoredGroup;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member's groups hold on its disk, without the other members: {@link #start} applies the newest snapshot and all entries after it, also
 * those of which it is not known whether they were committed. Entries count by the same rule as ever ({@link Entries}). Nothing is agreed on
 * here, and nothing written. Confined to one thread.
 */
public final class StoredGroups extends UnledGroups {
    private final Applier applier;
    private final GroupStore store;
    private final int count;
    private final List<StoredGroup> groups = new ArrayList<>();

    /** Groups of which nothing is read yet. */
    public StoredGroups(Applier applier, GroupStore store, int count) {
        this.applier = applier;
        this.store = store;
        this.count = count;
    }

    @Override
    public void start() throws IOException {
        Restored[] found = new Restored[count];
        Arrays.setAll(found, i -> new Restored());
        store.read(record -> found[record.group()].add(record));
        Journal journal = new Journal(store, false);
        for (int group = 0; group < count; group++) {
            try {
                groups.add(apply(group, found[group], journal));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (RuntimeException e) {
                IOException failure = journal.failure();
                throw failure == null
                        ? new IOException("what the member has of group " + group + " cannot be read: " + e, e)
                        : failure;
            }
        }
    }

    private StoredGroup apply(int group, Restored found, Journal journal) throws IOException {
        RestoredRaftState state = found.state();
        if (state == null) {
            return new StoredGroup(group, 0, 0, found.isSilent());
        }
        Entries entries = entries(group, applier, journal);
        long index = 0;
        int term = 0;
        SnapshotEntry snapshot = state.getSnapshotEntry();
        if (snapshot != null) {
            index = snapshot.getIndex();
            term = snapshot.getTerm();
            List<Object> pieces = new ArrayList<>();
            for (Object piece : (List<?>) snapshot.getOperation()) {
                pieces.add(((SnapshotChunk) piece).getOperation());
            }
            entries.installSnapshot(index, pieces);
        }
        for (LogEntry entry : state.getLogEntries()) {
            if (entry.getIndex() != index + 1) {
                throw new IOException("of group " + group + " the entries from " + (index + 1) + " to "
                        + (entry.getIndex() - 1) + " are missing: the next one is " + entry.getIndex());
            }
            index = entry.getIndex();
            term = entry.getTerm();
            if (entry.getOperation() instanceof byte[] operation) {
                entries.runOperation(index, operation);
            }
        }
        return new StoredGroup(group, index, term, found.isSilent());
    }

    /**
     * What was proposed that a record has as an entry; null if it is none, or one that the groups make for themselves.
     *
     * @throws IllegalArgumentException if it says nothing that this version knows
     */
    public static byte @Nullable [] proposed(GroupRecord record) {
        if (record.kind() != GroupRecord.Kind.ENTRY) {
            return null;
        }
        try {
            Object operation = ModelCodec.readOperation(Unpooled.wrappedBuffer(record.payload()));
            return operation instanceof byte[] bytes && !EntryCodec.isMarker(bytes) ? EntryCodec.entry(bytes) : null;
        } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new IllegalArgumentException(
                    "the entry at index " + record.index() + " of group " + record.group() + " is cut off", e);
        }
    }

    @Override
    public List<StoredGroup> groups() {
        return List.copyOf(groups);
    }
}
