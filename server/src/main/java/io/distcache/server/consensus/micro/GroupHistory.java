package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.GroupRecord;
import io.microraft.model.log.SnapshotChunk;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that one member's log says of one group, its present and what came before: which entries followed each other, and which snapshots there were. Entries
 * are told apart by their place among all records of the log. Confined to one thread.
 */
final class GroupHistory {
    /** Entries from an index on that came before a place were replaced by another leader's. */
    private record Cut(long index, long place) {}

    /**
     * Entries without a gap, each of which follows the one before it in the group's log. A line ends where the member got a snapshot in place
     * of entries that it lacked, or had others than the pool, or had forgotten what it had.
     */
    static final class Line {
        private final long first;
        private final long begin;
        private final List<Cut> cuts = new ArrayList<>();
        /** With which index each term begins. */
        private final TreeMap<Long, Integer> terms = new TreeMap<>();

        private long last;
        private long end = Long.MAX_VALUE;

        private Line(long first, long begin) {
            this.first = first;
            this.begin = begin;
            this.last = first - 1;
        }

        private void append(int term) {
            last++;
            if (terms.isEmpty() || terms.lastEntry().getValue() != term) {
                terms.put(last, term);
            }
        }

        private void cut(long index, long place) {
            cuts.add(new Cut(index, place));
            terms.tailMap(index, true).clear();
            last = index - 1;
        }

        private int term(long index) {
            return terms.floorEntry(index).getValue();
        }

        /** Whether what a snapshot has is what came before an entry of this line, or ends with its last one. */
        private boolean goesOnFrom(Snapshot snapshot) {
            return first <= snapshot.index + 1
                    && snapshot.index <= last
                    && (snapshot.index < first || term(snapshot.index) == snapshot.term);
        }

        /** Whether the entry of an index, read at a place, is of this line and was not replaced. */
        boolean has(long index, long place) {
            return place >= begin
                    && place < end
                    && cuts.stream().noneMatch(cut -> cut.place > place && cut.index <= index);
        }
    }

    /** One of which all pieces were there; or the group's beginning, of index 0 and without any. */
    record Snapshot(long index, int term, List<SnapshotChunk> pieces) {
        static final Snapshot NOTHING = new Snapshot(0, 0, List.of());
    }

    private final List<Line> lines = new ArrayList<>();
    private final TreeMap<Long, TreeMap<Integer, SnapshotChunk>> pieces = new TreeMap<>();
    private final Set<Long> dropped = new HashSet<>();
    private @Nullable Line open;

    void add(GroupRecord record, long place) {
        long index = record.index();
        switch (record.kind()) {
            case ENTRY -> entry(index, record.term(), place);
            case TRUNCATE_FROM -> {
                if (open != null && index <= open.last) {
                    cut(open, index, place);
                }
            }
            case SNAPSHOT_PIECE -> {
                if (dropped.remove(index)) {
                    pieces.remove(index);
                }
                SnapshotChunk piece =
                        ModelCodec.readPlacedPiece(Unpooled.wrappedBuffer(record.payload()), record.group(), index);
                pieces.computeIfAbsent(index, i -> new TreeMap<>()).put(piece.getSnapshotChunkIndex(), piece);
            }
            case SNAPSHOT_COMPLETE -> {
                boolean isOfOthers = open != null
                        && (index > open.last || (index >= open.first && open.term(index) != record.term()));
                if (isOfOthers) {
                    close(place);
                }
            }
            case DROP_SNAPSHOT -> dropped.add(index);
            case MEMBER, FIRST_MEMBERS, TERM, TRUNCATE_TO, SILENT -> {
                // What a member does not need any more is what this is about.
            }
        }
    }

    private void entry(long index, int term, long place) {
        Line line = open;
        if (line != null && index >= line.first && index <= line.last) {
            if (line.term(index) == term) {
                return;
            }
            cut(line, index, place);
            line = open;
        }
        if (line == null || index != line.last + 1) {
            close(place);
            line = new Line(index, place);
            lines.add(line);
            open = line;
        }
        line.append(term);
    }

    /** All entries of a line are void when the member forgets: they were there all the same. */
    private void cut(Line line, long index, long place) {
        if (index <= line.first) {
            close(place);
        } else {
            line.cut(index, place);
        }
    }

    private void close(long place) {
        if (open != null) {
            open.end = place;
            open = null;
        }
    }

    /** What one can begin with, the newest first. */
    List<Snapshot> snapshots() {
        List<Snapshot> all = new ArrayList<>();
        for (Map.Entry<Long, TreeMap<Integer, SnapshotChunk>> one :
                pieces.descendingMap().entrySet()) {
            List<SnapshotChunk> of = new ArrayList<>(one.getValue().values());
            if (of.size() == of.get(0).getSnapshotChunkCount()) {
                all.add(new Snapshot(one.getKey(), of.get(0).getTerm(), of));
            }
        }
        boolean isFromTheBeginning = lines.stream().anyMatch(line -> line.first == 1);
        if (isFromTheBeginning || (lines.isEmpty() && all.isEmpty())) {
            all.add(Snapshot.NOTHING);
        }
        return all;
    }

    /** Whether a snapshot has been declared void. */
    boolean isDropped(Snapshot snapshot) {
        return dropped.contains(snapshot.index);
    }

    /** The entries that follow a snapshot; null if there are none. */
    @Nullable
    Line after(Snapshot snapshot) {
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).goesOnFrom(snapshot)) {
                return lines.get(i);
            }
        }
        return null;
    }

    /** Whether the member had more of the group later than a snapshot and the entries that follow it. */
    boolean hasMoreThan(Snapshot snapshot, @Nullable Line line) {
        long last = line == null ? snapshot.index : line.last;
        boolean isLastLine = lines.isEmpty() || lines.get(lines.size() - 1) == line;
        return !pieces.tailMap(last, false).isEmpty()
                || (line == null ? lines.stream().anyMatch(of -> of.last > last) : !isLastLine);
    }

    /** Whether a snapshot has the entry of an index of a line, which the pool has agreed on then. */
    boolean isInSnapshot(@Nullable Line line, long index) {
        return line != null && !pieces.subMap(index, true, line.last, true).isEmpty();
    }

    /** Whether a moment of a snapshot can be had: the entries that follow it are here, or nothing does. */
    boolean isUsable(Snapshot snapshot) {
        Line line = after(snapshot);
        return line != null || !hasMoreThan(snapshot, null);
    }
}
