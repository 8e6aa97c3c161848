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
 * What a start needs of one group besides entries: few and small records, which are written again when the segments go in which they are.
 * Confined to the consensus loop.
 */
final class GroupNeeds {
    private @Nullable GroupRecord member;
    private @Nullable GroupRecord firstMembers;
    private @Nullable GroupRecord term;
    private @Nullable GroupRecord silent;
    private @Nullable GroupRecord complete;
    /** Where the pieces are of the newest whole snapshot and of later ones that are yet to become whole. */
    private final TreeMap<Long, Map<ByteBuffer, GroupRecord>> pieces = new TreeMap<>();

    void add(GroupRecord record) {
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
                if (index >= covered()) {
                    complete = record;
                }
            }
            case TRUNCATE_TO -> pieces.headMap(index, false).clear();
            case DROP_SNAPSHOT -> {
                pieces.remove(index);
                if (index == covered()) {
                    complete = null;
                }
            }
            case ENTRY, TRUNCATE_FROM -> {
                // Entries are counted by segment.
            }
        }
    }

    /** Whether the member has forgotten things, and has not caught up yet. */
    boolean isSilent() {
        GroupRecord of = silent;
        return of != null && of.payload()[0] != 0;
    }

    /** Entries up to this index are not needed; 0 if there is no whole snapshot. */
    long covered() {
        GroupRecord of = complete;
        return of == null ? 0 : of.index();
    }

    boolean hasSnapshot(long index) {
        return pieces.containsKey(index);
    }

    /** Snapshots before an index whose pieces are there. */
    List<Long> snapshotsBefore(long index) {
        return List.copyOf(pieces.headMap(index, false).keySet());
    }

    /** All that has to be written again, in an order in which it can be read. */
    void forEach(Consumer<GroupRecord> to) {
        for (GroupRecord record : new GroupRecord[] {member, firstMembers, term, silent}) {
            if (record != null) {
                to.accept(record);
            }
        }
        pieces.values().forEach(all -> all.values().forEach(to));
        if (complete != null) {
            to.accept(complete);
        }
    }
}
