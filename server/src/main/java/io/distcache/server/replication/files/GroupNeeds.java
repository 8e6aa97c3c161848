package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupRecord;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a start needs of one group besides entries, and a replay to a moment in the past: few and small records, which are written again when the
 * segments go in which they are. Confined to the consensus loop.
 */
final class GroupNeeds {
    private final int keep;
    private @Nullable GroupRecord member;
    private @Nullable GroupRecord firstMembers;
    private @Nullable GroupRecord term;
    private @Nullable GroupRecord silent;
    private @Nullable GroupRecord complete;
    /** Where the pieces are of the newest whole snapshot, of later ones that are yet to become whole, and of earlier ones that are kept. */
    private final TreeMap<Long, Map<ByteBuffer, GroupRecord>> pieces = new TreeMap<>();
    /** What says of those that they are whole. */
    private final TreeMap<Long, GroupRecord> whole = new TreeMap<>();

    /**
     * Nothing yet.
     *
     * @param keep so many whole snapshots stay, the newest included; a start needs that one only
     */
    GroupNeeds(int keep) {
        this.keep = keep;
    }

    /**
     * Takes a record.
     *
     * @return the indexes of the snapshots whose pieces nobody needs any more
     */
    List<Long> add(GroupRecord record) {
        long index = record.index();
        switch (record.kind()) {
            case MEMBER -> member = record;
            case FIRST_MEMBERS -> firstMembers = record;
            case TERM -> term = record;
            case SILENT -> silent = record;
            case SNAPSHOT_PIECE ->
                // One that was written again may still be in an old segment as well.
                pieces.computeIfAbsent(index, i -> new LinkedHashMap<>())
                        .put(ByteBuffer.wrap(record.payload()), record);
            case SNAPSHOT_COMPLETE -> {
                if (pieces.containsKey(index)) {
                    whole.put(index, record);
                }
                if (index >= covered()) {
                    complete = record;
                }
                return goes(pieces.headMap(index, false).keySet().stream()
                        .filter(earlier -> whole.containsKey(earlier) && !isKept(earlier) && keep > 1)
                        .toList());
            }
            case TRUNCATE_TO -> {
                return goes(pieces.headMap(index, false).keySet().stream()
                        .filter(earlier -> !isKept(earlier))
                        .toList());
            }
            case DROP_SNAPSHOT -> {
                if (isKept(index)) {
                    return List.of();
                }
                List<Long> goes = goes(List.of(index));
                if (index == covered()) {
                    complete = null;
                }
                return goes;
            }
            case ENTRY, TRUNCATE_FROM -> {
                // Entries are counted by segment.
            }
        }
        return List.of();
    }

    private List<Long> goes(List<Long> indexes) {
        indexes.forEach(pieces::remove);
        indexes.forEach(whole::remove);
        return indexes;
    }

    /** Whether a snapshot is whole, and one of the newest before that from which a start goes on. */
    private boolean isKept(long index) {
        return index < covered()
                && whole.containsKey(index)
                && whole.subMap(index, false, covered(), false).size() < keep - 1;
    }

    /** Whether the log says that the node is a member. */
    boolean isMember() {
        return member != null;
    }

    /** Whether the member has forgotten things, and has not caught up yet. */
    boolean isSilent() {
        GroupRecord of = silent;
        return of != null && of.payload()[0] != 0;
    }

    /** A start needs no entries up to this index; 0 if there is no whole snapshot. */
    long covered() {
        GroupRecord of = complete;
        return of == null ? 0 : of.index();
    }

    /** Nobody needs entries up to this index: they are before the oldest snapshot that is kept. */
    long superfluous() {
        return keep == 1 || whole.isEmpty() ? covered() : Math.min(whole.firstKey(), covered());
    }

    boolean hasSnapshot(long index) {
        return pieces.containsKey(index);
    }

    /** All that has to be written again, in an order in which it can be read. */
    void forEach(Consumer<GroupRecord> to) {
        for (GroupRecord record : new GroupRecord[] {member, firstMembers, term, silent}) {
            if (record != null) {
                to.accept(record);
            }
        }
        pieces.forEach((index, all) -> {
            GroupRecord said = whole.get(index);
            // Of those that a start does not go on from it is told nothing while there is no newer one.
            if (said == null || index <= covered()) {
                all.values().forEach(to);
            }
            if (said != null && index < covered()) {
                to.accept(said);
            }
        });
        if (complete != null) {
            to.accept(complete);
        }
    }
}
