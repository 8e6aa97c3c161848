package io.distcache.server.consensus.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.Role;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a founder's groups begin with, also after a start that did not come to its end. */
class FirstSnapshotTest {
    private final List<GroupRecord> log = new ArrayList<>();

    private final class Store implements GroupStore {
        private long offset;

        @Override
        public boolean mayHaveForgotten() {
            return false;
        }

        @Override
        public void read(Consumer<GroupRecord> records) {
            log.forEach(records);
        }

        @Override
        public GroupPiece keep(int group, long index, byte[] bytes) {
            GroupPiece piece = new GroupPiece(group, index, offset, bytes.length);
            offset += bytes.length;
            return piece;
        }

        @Override
        public Keeping keepAll(int group, long index, List<Supplier<byte[]>> pieces) {
            throw new UnsupportedOperationException("no snapshots");
        }

        @Override
        public byte[] bytes(GroupPiece piece) {
            return new byte[piece.length()];
        }

        @Override
        public void append(GroupRecord record) {
            log.add(record);
        }

        @Override
        public void flush(boolean toDisk) {}
    }

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
        Journal journal = new Journal(new Store(), true);
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
