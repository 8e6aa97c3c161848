package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Role;
import io.distcache.server.consensus.StoredGroup;
import io.microraft.model.log.LogEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What counts of the log of a member that is stopped. */
class StoredGroupsTest {
    private final MemoryStore store = new MemoryStore();
    private final List<String> applied = new ArrayList<>();

    private final Applier applier = new Applier() {
        @Override
        public void apply(int group, long index, long epoch, byte[] entry) {
            applied.add(group + "/" + index + " " + new String(entry, StandardCharsets.UTF_8));
        }

        @Override
        public void role(int group, Role role, int term, long epoch) {}

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {}

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {}

        @Override
        public void failed(IOException cause) {}
    };

    private final Journal journal = new Journal(store, false);
    private final GroupRecords group = new GroupRecords(journal, 1, journal::append);

    @BeforeEach
    void a_member() throws IOException {
        group.persistAndFlushLocalEndpoint(ModelCodec.MODEL
                .createRaftEndpointPersistentStateBuilder()
                .setLocalEndpoint(new Endpoint(0))
                .setVoting(true)
                .build());
        List<io.microraft.RaftEndpoint> members = List.of(new Endpoint(0), new Endpoint(1), new Endpoint(2));
        group.persistAndFlushInitialGroupMembers(ModelCodec.MODEL
                .createRaftGroupMembersViewBuilder()
                .setLogIndex(0)
                .setMembers(members)
                .setVotingMembers(members)
                .build());
    }

    private void log(long index, int term, byte[] operation) throws IOException {
        LogEntry entry = ModelCodec.MODEL
                .createLogEntryBuilder()
                .setIndex(index)
                .setTerm(term)
                .setOperation(operation)
                .build();
        group.persistLogEntries(List.of(entry));
    }

    private static byte[] entry(long epoch, String text) {
        return EntryCodec.entry(epoch, text.getBytes(StandardCharsets.UTF_8));
    }

    private StoredGroups started() throws IOException {
        StoredGroups groups = new StoredGroups(applier, store, 2);
        groups.start();
        return groups;
    }

    @Test
    void all_entries_count_that_may_be_committed_and_none_of_an_epoch_that_is_over() throws IOException {
        log(1, 1, EntryCodec.marker(7));
        log(2, 1, entry(7, "a"));
        log(3, 1, entry(7, "void"));
        group.truncateLogEntriesFrom(3);
        log(3, 2, EntryCodec.marker(8));
        log(4, 2, entry(7, "late"));
        log(5, 2, entry(8, "b"));
        StoredGroups groups = started();
        assertThat(applied).containsExactly("1/2 a", "1/5 b");
        assertThat(groups.groups()).containsExactly(new StoredGroup(0, 0, 0, false), new StoredGroup(1, 5, 2, false));
    }

    @Test
    void entries_that_are_missing_are_missed() throws IOException {
        log(1, 1, EntryCodec.marker(7));
        log(3, 1, entry(7, "c"));
        assertThatThrownBy(this::started).isInstanceOf(IOException.class).hasMessageContaining("from 2 to 2");
    }
}
