package io.distcache.server.replication;

import io.distcache.protocol.Routes;

/**
 * How the partitions of a replicated pool, each a shard, are divided among groups. Group 0 of the consensus is the one that knows the
 * caches; those of keys follow it. Immutable.
 *
 * @param groups of keys, 1 to {@value Routes#PARTITIONS}
 */
public record Layout(int groups) {
    /** The group that knows the caches. */
    public static final int META = 0;

    public Layout {
        if (groups < 1 || groups > Routes.PARTITIONS) {
            throw new IllegalArgumentException(
                    "a replicated pool has 1 to " + Routes.PARTITIONS + " groups of keys, not " + groups);
        }
    }

    /** All groups of the consensus. */
    public int consensusGroups() {
        return 1 + groups;
    }

    /** The consensus group of a partition. */
    int of(int partition) {
        return 1 + partition * groups / Routes.PARTITIONS;
    }

    /** The first partition of a consensus group. */
    int first(int group) {
        return ((group - 1) * Routes.PARTITIONS + groups - 1) / groups;
    }

    /** The first partition of a group of keys, from 0 on. */
    public int firstOfKeys(int group) {
        return first(group + 1);
    }

    /** The first partition after those of a consensus group. */
    int end(int group) {
        return first(group + 1);
    }
}
