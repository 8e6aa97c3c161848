package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.LeadersTime;
import io.distcache.server.consensus.PastGroup;
import io.distcache.server.consensus.StoredGroup;
import io.microraft.model.log.SnapshotChunk;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a member's groups had at a moment, from its disk alone. {@link #start} applies of each group the newest snapshot from before the moment, and
 * the entries after it that a leader proposed by then.
 *
 * <pre>
 *  read once   what there is, in which order                                 GroupHistory
 *  read again  the entries, as they come, until the first that is later
 * </pre>
 *
 * <p>Entries that another leader's replaced do not count, nor those of an epoch that was over ({@link Entries}). A leader proposes an entry of keys
 * when the one before it is committed: so all were agreed on that have one after them. Of the last one that the member has this is not known.
 * Nothing is agreed on here, and nothing written. Confined to one thread.
 */
public final class PastGroups extends UnledGroups {
    private static final int EPOCH_PIECE = 0;
    private static final int FIRST_PIECE = 1;

    private final Applier applier;
    private final GroupStore store;
    private final int count;
    private final LeadersTime time;
    private final long untilMillis;
    private final List<PastGroup> past = new ArrayList<>();
    /** Why snapshots were passed over. */
    private final Set<String> unreadable = new LinkedHashSet<>();

    /**
     * Groups of which nothing is read yet.
     *
     * @param store can be read twice
     */
    public PastGroups(Applier applier, GroupStore store, int count, LeadersTime time, Instant until) {
        this.applier = applier;
        this.store = store;
        this.count = count;
        this.time = time;
        this.untilMillis = until.toEpochMilli();
    }

    /** Goes over the entries of one group. Confined to one thread. */
    private final class Walk {
        private final int group;
        private final GroupHistory.Snapshot from;
        private final GroupHistory.@Nullable Line line;
        private final GroupHistory history;
        private final Entries entries;
        private long epoch;
        /** Of the last entry that was looked at. */
        private long index;
        /** Of the last one that counts. */
        private long changed;

        private int term;
        private boolean isPast;

        Walk(int group, GroupHistory history, GroupHistory.Snapshot from, Journal journal) throws IOException {
            this.group = group;
            this.from = from;
            this.history = history;
            this.line = history.after(from);
            this.index = from.index();
            this.changed = index;
            this.term = from.term();
            this.entries = entries(group, applier, journal);
            if (!from.pieces().isEmpty()) {
                epoch = ByteBuffer.wrap(bytes(from, EPOCH_PIECE)).getLong();
                entries.installSnapshot(
                        index,
                        from.pieces().stream().map(SnapshotChunk::getOperation).toList());
            }
        }

        void entry(GroupRecord record, long place) {
            if (isPast || line == null || record.index() != index + 1 || !line.has(record.index(), place)) {
                return;
            }
            Object operation = ModelCodec.readOperation(Unpooled.wrappedBuffer(record.payload()));
            if (operation instanceof byte[] bytes) {
                if (EntryCodec.isMarker(bytes)) {
                    epoch = EntryCodec.epoch(bytes);
                } else if (EntryCodec.epoch(bytes) == epoch) {
                    if (time.ofEntry(group, EntryCodec.entry(bytes)) > untilMillis) {
                        isPast = true;
                        return;
                    }
                    changed = record.index();
                    term = record.term();
                }
                entries.runOperation(record.index(), bytes);
            }
            index = record.index();
        }

        PastGroup end() throws IOException {
            if (!isPast && history.hasMoreThan(from, line)) {
                throw new IOException(
                        "this member does not know what group " + group + " had at " + Instant.ofEpochMilli(untilMillis)
                                + ": what the pool agreed on after index " + index
                                + " it did not get one by one, but as a snapshot later, when it had been away or slow."
                                + " Take the directory of another member, or another moment");
            }
            boolean isAgreed = isPast || changed == from.index() || history.isInSnapshot(line, changed);
            return new PastGroup(group, from.index(), changed, term, isAgreed);
        }
    }

    @Override
    public void start() throws IOException {
        GroupHistory[] histories = new GroupHistory[count];
        Arrays.setAll(histories, i -> new GroupHistory());
        long[] places = new long[1];
        store.read(record -> histories[record.group()].add(record, places[0]++));
        Journal journal = new Journal(store, false);
        try {
            Walk[] walks = new Walk[count];
            for (int group = 0; group < count; group++) {
                GroupHistory.Snapshot from = base(group, histories[group]);
                if (from == null) {
                    throw tooFar(group, histories);
                }
                walks[group] = new Walk(group, histories[group], from, journal);
            }
            long end = places[0];
            places[0] = 0;
            store.read(record -> {
                // What a node that runs has written since is not looked at.
                if (record.kind() == GroupRecord.Kind.ENTRY && places[0] < end) {
                    walks[record.group()].entry(record, places[0]);
                }
                places[0]++;
            });
            for (Walk walk : walks) {
                past.add(walk.end());
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException e) {
            IOException failure = journal.failure();
            throw failure == null ? new IOException("what the member has cannot be read: " + e, e) : failure;
        }
    }

    /** The newest from before the moment that is sound, and from which the log goes on; null if there is none. */
    private GroupHistory.@Nullable Snapshot base(int group, GroupHistory history) {
        for (GroupHistory.Snapshot snapshot : history.snapshots()) {
            OptionalLong millis = history.isUsable(snapshot) ? millis(group, snapshot) : OptionalLong.empty();
            if (millis.isPresent() && millis.getAsLong() <= untilMillis && isSound(snapshot)) {
                return snapshot;
            }
        }
        return null;
    }

    /** The newest time in a snapshot; none if its file is gone or damaged. */
    private OptionalLong millis(int group, GroupHistory.Snapshot snapshot) {
        if (snapshot.pieces().isEmpty()) {
            return OptionalLong.of(0);
        }
        try {
            return OptionalLong.of(time.ofSnapshot(group, bytes(snapshot, FIRST_PIECE)));
        } catch (IOException e) {
            // One before it may do.
            unreadable.add(String.valueOf(e.getMessage()));
            return OptionalLong.empty();
        }
    }

    private boolean isSound(GroupHistory.Snapshot snapshot) {
        try {
            for (int i = 0; i < snapshot.pieces().size(); i++) {
                bytes(snapshot, i);
            }
            return true;
        } catch (IOException e) {
            unreadable.add(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private byte[] bytes(GroupHistory.Snapshot snapshot, int piece) throws IOException {
        GroupPiece place = ((Piece) snapshot.pieces().get(piece).getOperation()).place();
        return store.bytes(place);
    }

    private IOException tooFar(int ofGroup, GroupHistory[] histories) {
        OptionalLong earliest = OptionalLong.of(0);
        for (int group = 0; group < count && earliest.isPresent(); group++) {
            OptionalLong ofThis = OptionalLong.empty();
            for (GroupHistory.Snapshot snapshot : histories[group].snapshots()) {
                OptionalLong millis =
                        histories[group].isUsable(snapshot) ? millis(group, snapshot) : OptionalLong.empty();
                ofThis = millis.isPresent() && isSound(snapshot) ? millis : ofThis;
            }
            earliest =
                    ofThis.isPresent() ? OptionalLong.of(Math.max(earliest.getAsLong(), ofThis.getAsLong())) : ofThis;
        }
        return new IOException("the log does not reach back to " + Instant.ofEpochMilli(untilMillis) + ": of group "
                + ofGroup + " no snapshot from before then is left with the log after it. "
                + (earliest.isPresent()
                        ? "The earliest moment that can be had is " + Instant.ofEpochMilli(earliest.getAsLong())
                        : "There is no snapshot to begin with")
                + ". How much of the log is kept is what log.retain says, and snapshot.keep for snapshots"
                + unreadable.stream()
                        .findFirst()
                        .map(of -> ". One cannot be read: " + of)
                        .orElse(""));
    }

    /** After {@link #start}: what was applied of each group. */
    public List<PastGroup> past() {
        return List.copyOf(past);
    }

    @Override
    public List<StoredGroup> groups() {
        return past.stream()
                .map(group -> new StoredGroup(group.group(), group.index(), group.term(), false))
                .toList();
    }
}
