package io.distcache.protocol.ring;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Which member of a pool owns a key: consistent hashing with virtual nodes (Karger et al., 1997), as drawn in docs/formats.md. The same
 * for the same members on every JVM, in whatever order they are named. Another member more or less moves only keys to or from it.
 * Members are known here by their index in {@link Membership#members()}. Immutable.
 */
public final class HashRing {
    /** Points of a member for each unit of its weight: its share is then off by a few percent at most. */
    static final int POINTS_PER_WEIGHT = 2048;

    private static final int NONE = -1;
    private static final int[] NOBODY = {};
    /** Where in {@link #points} to begin, by the upper bits of a position: a search becomes a step or two. */
    private static final int INDEX_BITS = 12;

    private final List<PoolMember> members;
    private final long[] points;
    private final short[] owners;
    private final int[] index;

    /** The ring of these members; at least one. */
    public HashRing(Membership membership) {
        this.members = membership.members();
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a ring needs at least one member");
        }
        int count = members.stream().mapToInt(PoolMember::weight).sum() * POINTS_PER_WEIGHT;
        Point[] all = new Point[count];
        int next = 0;
        for (int member = 0; member < members.size(); member++) {
            byte[] name = members.get(member).name().getBytes(StandardCharsets.UTF_8);
            byte[] named = Arrays.copyOf(name, name.length + 1 + Integer.BYTES);
            for (int i = 0; i < members.get(member).weight() * POINTS_PER_WEIGHT; i++) {
                for (int b = 0; b < Integer.BYTES; b++) {
                    named[name.length + 1 + b] = (byte) (i >>> (24 - 8 * b));
                }
                all[next++] = new Point(position(named, 0, named.length), (short) member);
            }
        }
        Arrays.sort(all);
        this.points = new long[count];
        this.owners = new short[count];
        for (int i = 0; i < count; i++) {
            points[i] = all[i].position;
            owners[i] = all[i].member;
        }
        this.index = index(points);
    }

    private record Point(long position, short member) implements Comparable<Point> {
        @Override
        public int compareTo(Point other) {
            int order = Long.compareUnsigned(position, other.position);
            return order != 0 ? order : Short.compare(member, other.member);
        }
    }

    private static int[] index(long[] points) {
        int[] index = new int[1 << INDEX_BITS];
        int point = 0;
        for (int i = 0; i < index.length; i++) {
            long least = (long) i << (Long.SIZE - INDEX_BITS);
            while (point < points.length && Long.compareUnsigned(points[point], least) < 0) {
                point++;
            }
            index[i] = point;
        }
        return index;
    }

    public List<PoolMember> members() {
        return members;
    }

    /** The member that owns a key, by its index. */
    public int ownerOf(Bytes key) {
        return owners[pointOf(key)];
    }

    /**
     * The member that serves a key: of those accepted the first on the ring from the key on.
     *
     * @return its index; -1 if none is accepted
     */
    public int firstOf(Bytes key, IntPredicate accepted) {
        int first = pointOf(key);
        int owner = owners[first];
        if (accepted.test(owner)) {
            return owner;
        }
        boolean[] refused = new boolean[members.size()];
        refused[owner] = true;
        int left = members.size() - 1;
        for (int i = first + 1; left > 0; i++) {
            int member = owners[i % owners.length];
            if (!refused[member]) {
                if (accepted.test(member)) {
                    return member;
                }
                refused[member] = true;
                left--;
            }
        }
        return NONE;
    }

    /**
     * The members that come before one of them on the ring from the key on: the owner first. None if it is the owner; all if it
     * is -1.
     */
    public int[] before(Bytes key, int member) {
        int first = pointOf(key);
        if (owners[first] == member) {
            return NOBODY;
        }
        boolean[] passed = new boolean[members.size()];
        int[] before = new int[members.size()];
        int count = 0;
        for (int i = first; count < before.length && owners[i % owners.length] != member; i++) {
            int next = owners[i % owners.length];
            if (!passed[next]) {
                passed[next] = true;
                before[count++] = next;
            }
        }
        return Arrays.copyOf(before, count);
    }

    private int pointOf(Bytes key) {
        long counted = KeySlot.countedRange(key);
        long position = position(key.array(), (int) (counted >>> 32), (int) counted);
        int point = index[(int) (position >>> (Long.SIZE - INDEX_BITS))];
        int end = points.length;
        while (point < end && Long.compareUnsigned(points[point], position) < 0) {
            point++;
        }
        return point == end ? 0 : point;
    }

    /** FNV-1a, whose upper bits hardly know the last bytes, and MurmurHash3's finalizer, which spreads them. */
    static long position(byte[] array, int from, int to) {
        long hash = 0xcbf29ce484222325L;
        for (int i = from; i < to; i++) {
            hash = (hash ^ (array[i] & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
