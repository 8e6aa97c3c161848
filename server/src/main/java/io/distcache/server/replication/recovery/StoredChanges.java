package io.distcache.server.replication.recovery;

import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.micro.StoredGroups;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.replication.EntryFormat;
import io.distcache.server.replication.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes of one shard in an entry of a member's log. Immutable.
 *
 * @param shard that of the changes; the group's number for those that name caches, which are of all its shards
 */
public record StoredChanges(int shard, List<Mutation> mutations) {
    public StoredChanges {
        mutations = List.copyOf(mutations);
    }

    /**
     * Those in a record, in order; none if it is no entry of a group of keys.
     *
     * @throws IllegalArgumentException if it says nothing that this version knows
     */
    public static List<StoredChanges> of(GroupRecord record) {
        byte[] entry = record.group() == Layout.META ? null : StoredGroups.proposed(record);
        List<StoredChanges> changes = new ArrayList<>();
        if (entry != null) {
            EntryFormat.read(entry, new EntryFormat.Visitor() {
                @Override
                public void caches(List<Mutation> created) {
                    changes.add(new StoredChanges(record.group(), created));
                }

                @Override
                public void changes(int partition, List<Mutation> mutations) {
                    changes.add(new StoredChanges(partition, mutations));
                }
            });
        }
        return changes;
    }
}
