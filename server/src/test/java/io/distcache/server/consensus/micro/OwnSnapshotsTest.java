package io.distcache.server.consensus.micro;

import static io.distcache.server.consensus.micro.ModelCodec.MODEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.persistence.RestoredRaftState;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A start finds the snapshot before, and all entries since, until the next one is on disk. */
class OwnSnapshotsTest {
    private static final int GROUP = 2;
    private static final int PIECES = 3;
    private static final RaftGroupMembersView ALL = MODEL.createRaftGroupMembersViewBuilder()
            .setLogIndex(0)
            .setMembers(List.of(new Endpoint(0), new Endpoint(1)))
            .setVotingMembers(List.of(new Endpoint(0), new Endpoint(1)))
            .build();

    /** Keeps a snapshot when a test says so, or somebody waits. */
    private static final class Disk extends MemoryStore {
        private final ArrayDeque<Whole> underWay = new ArrayDeque<>();
        private int waitedFor;

        private final class Whole implements Keeping {
            private final long index;
            private final List<Supplier<byte[]>> pieces;
            private final CompletableFuture<List<GroupPiece>> places = new CompletableFuture<>();

            Whole(long index, List<Supplier<byte[]>> pieces) {
                this.index = index;
                this.pieces = pieces;
            }

            void write() {
                List<GroupPiece> written = new ArrayList<>();
                for (Supplier<byte[]> piece : pieces) {
                    written.add(new GroupPiece(GROUP, index, written.size(), piece.get().length));
                }
                places.complete(written);
            }

            @Override
            public CompletionStage<List<GroupPiece>> places() {
                return places;
            }

            @Override
            public List<GroupPiece> await() {
                waitedFor++;
                write();
                return places.join();
            }
        }

        @Override
        public Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) {
            Whole whole = new Whole(index, pieces);
            underWay.add(whole);
            return whole;
        }
    }

    private static final class OneThread implements Loop, Peers {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        void runAll() {
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }

        @Override
        public boolean isHere() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            throw new AssertionError("nothing is done later");
        }

        @Override
        public void send(int peer, byte[] frame) {}

        @Override
        public void flush() {}

        @Override
        public boolean isConnected(int peer) {
            return false;
        }

        @Override
        public void receiver(Receiver to) {}
    }

    private final Disk disk = new Disk();
    private final OneThread loop = new OneThread();
    private final Journal journal = new Journal(disk, false);
    private final OwnSnapshots own = new OwnSnapshots(
            journal,
            GROUP,
            new EngineLoop(
                    loop,
                    new EngineTime(new TestPool().member(0), 100),
                    journal,
                    new Outbox(loop, journal),
                    failure -> {}));
    private final GroupRecords records = new GroupRecords(journal, GROUP, own);

    @BeforeEach
    void a_member_with_a_snapshot_of_100_entries() throws IOException {
        records.persistAndFlushLocalEndpoint(MODEL.createRaftEndpointPersistentStateBuilder()
                .setLocalEndpoint(new Endpoint(0))
                .setVoting(true)
                .build());
        records.persistAndFlushInitialGroupMembers(ALL);
        entries(1, 100);
        makeSnapshot(100);
        records.truncateLogEntriesUntil(90);
        written();
        entries(101, 200);
    }

    private void entries(long from, long to) throws IOException {
        records.persistLogEntries(LongStream.rangeClosed(from, to)
                .mapToObj(index -> MODEL.createLogEntryBuilder()
                        .setIndex(index)
                        .setTerm(1)
                        .setOperation(EntryCodec.entry(1, new byte[1]))
                        .build())
                .toList());
    }

    /** As the engine does. */
    private void makeSnapshot(long index) throws IOException {
        for (int i = 0; i < PIECES; i++) {
            records.persistSnapshotChunk(piece(index, i, Piece.own(() -> new byte[10])));
        }
    }

    private static SnapshotChunk piece(long index, int number, Piece of) {
        return MODEL.createSnapshotChunkBuilder()
                .setIndex(index)
                .setTerm(1)
                .setSnapshotChunkIndex(number)
                .setSnapshotChunkCount(PIECES)
                .setGroupMembersView(ALL)
                .setOperation(of)
                .build();
    }

    private void written() {
        disk.underWay.remove().write();
        loop.runAll();
    }

    /** What a start has that comes now: its snapshot, and the entries after it. */
    private String atStart() {
        Restored restored = new Restored();
        disk.records.forEach(restored::add);
        RestoredRaftState state = Objects.requireNonNull(restored.state());
        return Objects.requireNonNull(state.getSnapshotEntry()).getIndex() + " + "
                + state.getLogEntries().size();
    }

    @Test
    void a_start_goes_on_from_the_one_before_until_the_next_is_on_disk() throws IOException {
        assertThat(atStart()).isEqualTo("100 + 100");
        makeSnapshot(200);
        records.truncateLogEntriesUntil(190);
        entries(201, 205);
        assertThat(atStart()).isEqualTo("100 + 105");
        assertThat(own.written()).isNotDone();
        CompletableFuture<Void> told = own.written();

        written();

        assertThat(atStart()).isEqualTo("200 + 5");
        assertThat(disk.records.get(disk.records.size() - 1).kind()).isEqualTo(Kind.TRUNCATE_TO);
        assertThat(disk.records.get(disk.records.size() - 1).index()).isEqualTo(190);
        assertThat(told).isCompleted();
    }

    @Test
    void the_next_one_waits_for_the_one_that_is_being_written() throws IOException {
        makeSnapshot(150);
        records.truncateLogEntriesUntil(140);
        assertThat(disk.waitedFor).isZero();

        makeSnapshot(200);
        records.truncateLogEntriesUntil(190);

        assertThat(disk.waitedFor).isEqualTo(1);
        assertThat(atStart()).isEqualTo("150 + 50");
        disk.underWay.remove();
        written();
        assertThat(atStart()).isEqualTo("200 + 0");
        // That it was written was told once more, by the loop.
        assertThat(disk.records.stream()
                        .filter(record -> record.kind() == Kind.SNAPSHOT_COMPLETE && record.index() == 150))
                .hasSize(1);
    }

    @Test
    void one_that_another_members_has_overtaken_is_void_when_it_is_written() throws IOException {
        makeSnapshot(200);
        records.truncateLogEntriesUntil(190);
        for (int i = 0; i < PIECES; i++) {
            records.persistSnapshotChunk(piece(300, i, Piece.received(new byte[10])));
        }
        records.truncateLogEntriesUntil(300);
        assertThat(atStart()).isEqualTo("300 + 0");

        written();

        assertThat(atStart()).isEqualTo("300 + 0");
        GroupRecord last = disk.records.get(disk.records.size() - 1);
        assertThat(last.kind()).isEqualTo(Kind.DROP_SNAPSHOT);
        assertThat(last.index()).isEqualTo(200);
    }

    @Test
    void one_that_cannot_be_written_ends_the_members_part() throws IOException {
        makeSnapshot(200);
        CompletableFuture<Void> told = own.written();
        disk.underWay.remove().places.completeExceptionally(new IOException("no space left"));
        loop.runAll();
        assertThat(journal.failure()).hasMessageContaining("group " + GROUP).hasMessageContaining("no space left");
        assertThat(told).isCompletedExceptionally();
        assertThat(atStart()).isEqualTo("100 + 100");
    }
}
