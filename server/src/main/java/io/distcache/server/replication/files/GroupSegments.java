package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/** Which segments of the log have entries of which groups. Confined to the consensus loop. */
final class GroupSegments {
    /** By the position of each segment, and of each group with entries there the highest index. */
    private final TreeMap<Long, Map<Integer, Long>> segments = new TreeMap<>();

    /** There is a segment at a position. */
    void begins(long position) {
        of(position);
    }

    private Map<Integer, Long> of(long position) {
        return segments.computeIfAbsent(position, p -> new HashMap<>());
    }

    /** A record is in the segment at a position. */
    void count(GroupRecord record, long position) {
        Map<Integer, Long> highest = of(position);
        if (record.kind() == Kind.ENTRY) {
            highest.merge(record.group(), record.index(), Math::max);
        } else if (record.kind() == Kind.TRUNCATE_FROM) {
            segments.values()
                    .forEach(all -> all.computeIfPresent(
                            record.group(), (group, index) -> Math.min(index, record.index() - 1)));
        }
    }

    void removeBefore(long position) {
        segments.headMap(position, false).clear();
    }

    int size() {
        return segments.size();
    }

    /** Where the first one is. */
    long first() {
        return segments.firstKey();
    }

    /** How many there are from a position on. */
    int from(long position) {
        return segments.tailMap(position, true).size();
    }

    /** The first one with an entry that comes after what its group does not need. */
    long firstWith(IntToLongFunction needless) {
        for (Map.Entry<Long, Map<Integer, Long>> segment : segments.entrySet()) {
            if (holder(segment.getValue(), needless).isPresent()) {
                return segment.getKey();
            }
        }
        return segments.lastKey();
    }

    /** A group with such an entry in the first of these segments, if there are more. */
    OptionalInt holder(IntToLongFunction needless) {
        long first = firstWith(needless);
        return from(first) < 2 ? OptionalInt.empty() : holder(of(first), needless);
    }

    private static OptionalInt holder(Map<Integer, Long> segment, IntToLongFunction needless) {
        return segment.entrySet().stream()
                .filter(entry -> entry.getValue() > needless.applyAsLong(entry.getKey()))
                .mapToInt(Map.Entry::getKey)
                .min();
    }
}
