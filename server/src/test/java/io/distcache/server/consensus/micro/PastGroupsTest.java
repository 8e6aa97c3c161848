package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.LeadersTime;
import io.distcache.server.consensus.PastGroup;
import io.distcache.server.consensus.Role;
import io.microraft.RaftEndpoint;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a member's log says of a moment: entries and snapshots are texts that begin with the leader's time in milliseconds. */
class PastGroupsTest {
    private final MemoryStore disk = new MemoryStore();
    private final List<String> applied = new ArrayList<>();

    private final Applier applier = new Applier() {
        @Override
        public void apply(int group, long index, long epoch, byte[] entry) {
            applied.add(text(entry));
        }

        @Override
        public void role(int group, Role role, int term, long epoch) {}

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {}

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {
            applied.clear();
            pieces.forEach(piece -> applied.add(text(piece)));
        }

        @Override
        public void failed(IOException cause) {}
    };

    private static final LeadersTime TIME = new LeadersTime() {
        @Override
        public long ofEntry(int group, byte[] entry) {
            String text = text(entry);
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        }

        @Override
        public long ofSnapshot(int group, byte[] piece) {
            return ofEntry(group, piece);
        }
    };

    private final Journal journal = new Journal(disk, false);
    private final GroupRecords group = new GroupRecords(journal, 1, journal::append);

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
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

    /** An entry of the epoch that is ten times its term. */
    private void log(long index, int term, String text) throws IOException {
        log(index, term, EntryCodec.entry(10L * term, bytes(text)));
    }

    private void marker(long index, int term) throws IOException {
        log(index, term, EntryCodec.marker(10L * term));
    }

    private void snapshot(long index, int term, String text) throws IOException {
        List<RaftEndpoint> members = List.of(new Endpoint(0), new Endpoint(1), new Endpoint(2));
        RaftGroupMembersView view = ModelCodec.MODEL
                .createRaftGroupMembersViewBuilder()
                .setLogIndex(0)
                .setMembers(members)
                .setVotingMembers(members)
                .build();
        byte[] epoch = ByteBuffer.allocate(8).putLong(10L * term).array();
        List<byte[]> pieces = List.of(epoch, bytes(text));
        for (int i = 0; i < pieces.size(); i++) {
            group.persistSnapshotChunk(ModelCodec.MODEL
                    .createSnapshotChunkBuilder()
                    .setIndex(index)
                    .setTerm(term)
                    .setSnapshotChunkIndex(i)
                    .setSnapshotChunkCount(pieces.size())
                    .setGroupMembersView(view)
                    .setOperation(Piece.received(pieces.get(i)))
                    .build());
        }
        group.truncateLogEntriesUntil(index);
    }

    private PastGroup at(long millis) throws IOException {
        applied.clear();
        PastGroups groups = new PastGroups(applier, disk, 2, TIME, Instant.ofEpochMilli(millis));
        groups.start();
        assertThat(groups.past().get(0)).isEqualTo(new PastGroup(0, 0, 0, 0, true));
        return groups.past().get(1);
    }

    @Test
    void each_moment_of_several_leaders_and_none_of_what_was_replaced_or_of_an_epoch_that_was_over()
            throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        log(3, 1, "20 b");
        log(4, 1, "30 replaced");
        log(5, 1, "31 replaced");
        group.truncateLogEntriesFrom(4);
        marker(4, 2);
        log(5, 2, EntryCodec.entry(10, bytes("25 of the leader before")));
        log(6, 2, "40 c");
        snapshot(6, 2, "41 abc");
        log(7, 2, "50 d");
        marker(8, 3);
        log(9, 3, "60 e");

        assertThat(at(9)).isEqualTo(new PastGroup(1, 0, 0, 0, true));
        assertThat(applied).isEmpty();
        assertThat(at(10)).isEqualTo(new PastGroup(1, 0, 2, 1, true));
        assertThat(applied).containsExactly("10 a");
        assertThat(at(39)).isEqualTo(new PastGroup(1, 0, 3, 1, true));
        assertThat(applied).containsExactly("10 a", "20 b");
        assertThat(at(40)).isEqualTo(new PastGroup(1, 0, 6, 2, true));
        assertThat(applied).containsExactly("10 a", "20 b", "40 c");
        assertThat(at(41)).isEqualTo(new PastGroup(1, 6, 6, 2, true));
        assertThat(applied).containsExactly("41 abc");
        assertThat(at(59)).isEqualTo(new PastGroup(1, 6, 7, 2, true));
        assertThat(applied).containsExactly("41 abc", "50 d");
        // Nothing comes after the last one.
        assertThat(at(60)).isEqualTo(new PastGroup(1, 6, 9, 3, false));
        assertThat(applied).containsExactly("41 abc", "50 d", "60 e");
    }

    @Test
    void what_a_snapshot_has_that_came_later_is_agreed_on() throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        assertThat(at(15)).isEqualTo(new PastGroup(1, 0, 2, 1, false));
        snapshot(2, 1, "20 a");
        assertThat(at(15)).isEqualTo(new PastGroup(1, 0, 2, 1, true));
        assertThat(applied).containsExactly("10 a");
    }

    @Test
    void a_snapshot_that_is_gone_or_has_a_gap_after_it_is_passed_over() throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        snapshot(2, 1, "11 a");
        log(3, 1, "20 b");
        snapshot(3, 1, "21 ab");
        log(4, 1, "30 c");
        disk.pieces.keySet().removeIf(piece -> piece.index() == 3);
        assertThat(at(30).snapshot()).isEqualTo(2);
        assertThat(applied).containsExactly("11 a", "20 b", "30 c");
        disk.records.removeIf(record -> record.kind() == GroupRecord.Kind.ENTRY && record.index() < 4);
        assertThatThrownBy(() -> at(30))
                .hasMessageContaining("There is no snapshot to begin with")
                .hasMessageContaining("One cannot be read: pieces");
    }

    @Test
    void before_the_first_snapshot_the_message_says_how_far_back_one_can_go() throws IOException {
        snapshot(100, 1, "50 a");
        log(101, 1, "60 b");
        snapshot(101, 1, "61 ab");
        log(102, 1, "70 c");
        assertThat(at(50).index()).isEqualTo(100);
        assertThatThrownBy(() -> at(49))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not reach back to 1970-01-01T00:00:00.049Z")
                .hasMessageContaining("of group 1 no snapshot")
                .hasMessageContaining("The earliest moment that can be had is 1970-01-01T00:00:00.050Z")
                .hasMessageContaining("log.retain");
    }

    @Test
    void a_log_that_begins_after_a_snapshot_does_not_go_on_from_it() throws IOException {
        snapshot(90, 1, "40 a");
        log(96, 1, "45 lost its beginning");
        log(97, 1, "50 too");
        snapshot(97, 1, "55 b");
        log(98, 1, "60 c");
        assertThat(at(55).snapshot()).isEqualTo(97);
        assertThatThrownBy(() -> at(50)).hasMessageContaining("1970-01-01T00:00:00.055Z");
    }

    @Test
    void a_member_that_was_away_does_not_know_what_the_pool_had_meanwhile() throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        log(3, 1, "20 b");
        // As a leader that nobody heard any more; the others went on without these two.
        log(4, 1, "30 never agreed on");
        log(5, 1, "31 neither");
        snapshot(500, 2, "90 abcdef");
        log(501, 2, "95 g");

        assertThat(at(25)).isEqualTo(new PastGroup(1, 0, 3, 1, true));
        assertThatThrownBy(() -> at(89))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not know what group 1 had at 1970-01-01T00:00:00.089Z")
                .hasMessageContaining("after index 5");
        assertThat(at(90)).isEqualTo(new PastGroup(1, 500, 500, 2, true));
        assertThat(at(96).index()).isEqualTo(501);
        assertThat(applied).containsExactly("90 abcdef", "95 g");
    }

    @Test
    void a_snapshot_in_the_place_of_entries_that_only_this_member_had() throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        log(3, 1, "30 never agreed on");
        log(4, 1, "31 neither");
        snapshot(3, 2, "50 b");
        group.truncateLogEntriesFrom(4);
        log(4, 2, "60 c");
        assertThatThrownBy(() -> at(45)).hasMessageContaining("does not know");
        assertThat(at(60).snapshot()).isEqualTo(3);
        assertThat(applied).containsExactly("50 b", "60 c");
    }

    @Test
    void what_was_forgotten_with_the_power_was_there_before() throws IOException {
        marker(1, 1);
        log(2, 1, "10 a");
        snapshot(2, 1, "11 a");
        log(3, 1, "20 b");
        log(4, 1, "30 c");
        group.truncateLogEntriesFrom(1);
        group.deleteSnapshotChunks(2, 2);
        snapshot(10, 1, "80 abcdef");
        log(11, 1, "90 g");
        assertThat(at(25)).isEqualTo(new PastGroup(1, 2, 3, 1, true));
        assertThat(applied).containsExactly("11 a", "20 b");
        assertThatThrownBy(() -> at(35)).hasMessageContaining("does not know");
        assertThat(at(85).snapshot()).isEqualTo(10);
    }
}
