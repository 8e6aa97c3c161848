package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.consensus.Role;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a founder's groups begin with, also after a start that did not come to its end. */
class FirstSnapshotTest {
    private final MemoryStore store = new MemoryStore();
    private final List<GroupRecord> log = store.records;

    /** Has so many pieces. */
    private record Having(int pieces) implements Applier {
        @Override
        public void apply(int group, long index, long epoch, byte[] entry) {}

        @Override
        public void role(int group, Role role, int term, long epoch) {}

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> to) {
            for (int i = 0; i < pieces; i++) {
                to.accept(() -> new byte[10]);
            }
        }

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {}

        @Override
        public void failed(IOException cause) {}
    }

    private void begin(int pieces) throws IOException {
        Journal journal = new Journal(store, true);
        FirstSnapshot.write(
                0,
                new Endpoint(0),
                List.of(new Endpoint(0), new Endpoint(1), new Endpoint(2)),
                new Having(pieces),
                journal,
                journal::append);
    }

    private int piecesAfterRestart() {
        Restored restored = new Restored();
        log.forEach(restored::add);
        RestoredRaftState state = restored.state();
        SnapshotEntry snapshot = state == null ? null : state.getSnapshotEntry();
        return snapshot == null ? 0 : ((Collection<?>) snapshot.getOperation()).size();
    }

    @Test
    void a_start_that_did_not_come_to_its_end_leaves_nothing_to_the_next_one() throws IOException {
        begin(7);
        // The epoch is the first piece.
        assertThat(piecesAfterRestart()).isEqualTo(1 + 7);

        // The disk was full before the last piece.
        log.remove(log.size() - 1);
        log.remove(log.size() - 1);
        assertThat(log.get(log.size() - 1).kind()).isEqualTo(Kind.SNAPSHOT_PIECE);
        assertThat(piecesAfterRestart()).isZero();

        // Since then some entries have run out of time.
        begin(3);
        assertThat(piecesAfterRestart()).isEqualTo(1 + 3);
    }
}
