package io.distcache.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which node of a replicated pool leads which group of keys, as far as somebody has heard. Of what two have heard the later is told apart
 * by its term, group by group ({@link #merge}), so that all end with the same whatever comes first. Immutable.
 *
 * <p>A key's slot says its partition, {@value #SLOTS_PER_PARTITION} consecutive slots each, and the partition its group.
 *
 * @param pool a random number of the pool, the same for its whole life; 0 in no replicated pool
 * @param groups how many groups of keys there are, 1 to {@value #PARTITIONS}; 0 in no replicated pool
 * @param nodes the members by their number; at most {@value #MAX_NODES}
 * @param leaders of each group
 */
public record Routes(long pool, int groups, List<Node> nodes, List<Leader> leaders) {
    /** How many partitions a replicated pool has. */
    public static final int PARTITIONS = 64;

    /** How many slots are in a partition. */
    public static final int SLOTS_PER_PARTITION = KeySlot.SLOTS / PARTITIONS;

    /** The most members. */
    public static final int MAX_NODES = 256;

    /** The number of a node when nobody is known. */
    public static final int NOBODY = -1;

    /** Of a node that is in no replicated pool. */
    public static final Routes NONE = new Routes(0, 0, List.of(), List.of());

    private static final int MAX_PORT = 65_535;

    /** A member and where clients reach it. */
    public record Node(String name, String host, int port) {
        public Node {
            if (port < 1 || port > MAX_PORT) {
                throw new IllegalArgumentException("member " + OneLine.of(name) + " of a replicated pool has port "
                        + port + "; ports are 1 to " + MAX_PORT);
            }
        }

        /** As one writes it in a URI. */
        public String address() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * Who leads a group.
     *
     * @param term of its leadership; not negative
     * @param node the number of the leader, or {@value #NOBODY}
     */
    public record Leader(int term, int node) {
        /** Before anybody has said who leads. */
        public static final Leader UNKNOWN = new Leader(0, NOBODY);

        /** Whether somebody leads, as far as is known. */
        public boolean isKnown() {
            return node != NOBODY;
        }

        private boolean countsOver(Leader other) {
            return term > other.term || (term == other.term && isKnown() && !other.isKnown());
        }
    }

    public Routes {
        nodes = List.copyOf(nodes);
        leaders = List.copyOf(leaders);
        if (pool == 0 ? groups != 0 || !nodes.isEmpty() : groups < 1 || groups > PARTITIONS || nodes.isEmpty()) {
            throw new IllegalArgumentException(
                    "routes of pool " + pool + " with " + groups + " groups and " + nodes.size()
                            + " nodes; a replicated pool has 1 to " + PARTITIONS + " groups and a node at least");
        }
        if (nodes.size() > MAX_NODES || leaders.size() != groups) {
            throw new IllegalArgumentException("routes of " + nodes.size() + " nodes and " + leaders.size()
                    + " leaders of " + groups + " groups; at most " + MAX_NODES
                    + " nodes are allowed, and each group has one leader or nobody");
        }
        for (Leader leader : leaders) {
            if (leader.term < 0 || leader.node < NOBODY || leader.node >= nodes.size()) {
                throw new IllegalArgumentException("a group is led by node " + leader.node + " in term " + leader.term
                        + "; there are " + nodes.size() + " nodes, from 0 on, and terms are not negative");
            }
        }
    }

    /** Of a pool of which nobody has said yet who leads what. */
    public static Routes of(long pool, int groups, List<Node> nodes) {
        return new Routes(pool, groups, nodes, Collections.nCopies(groups, Leader.UNKNOWN));
    }

    /** Whether these are of a replicated pool. */
    public boolean isReplicated() {
        return pool != 0;
    }

    /** The group of a key. */
    public int groupOf(Bytes key) {
        return groupOfPartition(partitionOf(key));
    }

    /** The partition of a key, 0 to {@value #PARTITIONS} - 1. */
    public static int partitionOf(Bytes key) {
        return KeySlot.of(key) / SLOTS_PER_PARTITION;
    }

    /** The group of a partition. */
    public int groupOfPartition(int partition) {
        return partition * groups / PARTITIONS;
    }

    /** Whether the other is of the same pool, with as many groups and nodes. */
    public boolean isOfPoolOf(Routes other) {
        return pool == other.pool && groups == other.groups && nodes.size() == other.nodes.size();
    }

    /**
     * What is known by these and by others that were heard later: of each group the higher term counts, and of two with the same term that
     * which knows a leader. Names and addresses are the others'. Where only one of the two is of a replicated pool, it is the result; others
     * of another pool are not looked at.
     */
    public Routes merge(Routes newer) {
        if (!isReplicated()) {
            return newer;
        }
        if (!isOfPoolOf(newer)) {
            return this;
        }
        List<Leader> merged = new ArrayList<>(groups);
        for (int group = 0; group < groups; group++) {
            Leader here = leaders.get(group);
            Leader there = newer.leaders.get(group);
            merged.add(there.countsOver(here) ? there : here);
        }
        return new Routes(pool, groups, newer.nodes, merged);
    }

    /** How many groups a node leads, as far as is known. */
    public int ledBy(int node) {
        int led = 0;
        for (Leader leader : leaders) {
            led += leader.node == node ? 1 : 0;
        }
        return led;
    }
}
