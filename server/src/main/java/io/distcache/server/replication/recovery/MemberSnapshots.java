package io.distcache.server.replication.recovery;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.StoredSnapshot;
import io.distcache.server.consensus.micro.StoredPieces;
import io.distcache.server.log.DamagedException;
import io.distcache.server.replication.Layout;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.SnapshotFormat;
import io.distcache.server.replication.Times;
import io.distcache.server.replication.files.StoppedFiles;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The snapshots of the groups in the directory of a member of a replicated pool, which may run: looked at and never touched. Confined to one thread. */
public final class MemberSnapshots {
    private final Path directory;
    private final Layout layout;
    private final StoppedFiles files;
    private final List<StoredSnapshot> all = new ArrayList<>();

    private MemberSnapshots(Path directory, Layout layout) throws IOException {
        this.directory = directory;
        this.layout = layout;
        this.files = new StoppedFiles(directory, layout.consensusGroups(), true);
        for (StoredSnapshot one : StoredPieces.read(files, layout.consensusGroups())) {
            if (one.isNeeded() || Files.exists(file(one))) {
                all.add(one);
            }
        }
    }

    /**
     * Those in a directory.
     *
     * @return null if it does not say of which pool it is
     * @throws DamagedException if the log, which tells of them, is damaged
     */
    public static @Nullable MemberSnapshots in(Path directory) throws IOException {
        PoolPlan plan = PoolPlan.read(directory);
        return plan == null
                ? null
                : new MemberSnapshots(directory, new Layout(plan.routes().groups()));
    }

    /** Those that are there, or that a start needs; the group of the caches first, of each group the newest first. */
    public List<StoredSnapshot> all() {
        return List.copyOf(all);
    }

    /** The file of one. */
    public Path file(StoredSnapshot snapshot) {
        return files.pieces(snapshot.group(), snapshot.index());
    }

    /** Takes what is in a snapshot, in order. */
    public interface Visitor {
        void cache(long id, CacheDefinition definition) throws IOException;

        void entry(int partition, long cache, byte[] record) throws IOException;
    }

    /** What a snapshot turned out to have. */
    public record Sound(StoredSnapshot snapshot, Path file, int caches, long entries, long bytes, long millis) {}

    /** What goes to a visitor, counted and checked. Confined to one thread. */
    private static final class Check implements SnapshotFormat.Visitor {
        private final Visitor to;
        private int caches;
        private long entries;
        private @Nullable IOException failure;

        Check(Visitor to) {
            this.to = to;
        }

        @Override
        public void cache(long id, CacheDefinition definition) {
            caches++;
            try {
                to.cache(id, definition);
            } catch (IOException e) {
                failure = e;
            }
        }

        @Override
        public void entry(int partition, long cache, byte[] record) {
            if (!EntryRecord.isWellFormed(record)) {
                throw new IllegalArgumentException("an entry is no record");
            }
            entries++;
            try {
                if (failure == null) {
                    to.entry(partition, cache, record);
                }
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    /**
     * Reads one to its end and checks it.
     *
     * @throws DamagedException if anything is not as it was written
     */
    public Sound read(StoredSnapshot snapshot, Visitor to) throws IOException {
        Check check = new Check(to);
        long bytes = 0;
        long millis = 0;
        for (int i = 0; i < snapshot.pieces().size(); i++) {
            GroupPiece piece = snapshot.pieces().get(i);
            byte[] contents = files.bytes(piece);
            bytes += contents.length;
            if (i > 0) {
                read(snapshot, piece, contents, check);
            }
            if (i == 1) {
                millis = new Times().ofSnapshot(snapshot.group(), contents);
            }
            if (check.failure != null) {
                throw check.failure;
            }
        }
        return new Sound(snapshot, file(snapshot), check.caches, check.entries, bytes, millis);
    }

    private void read(StoredSnapshot snapshot, GroupPiece piece, byte[] contents, Check check) throws DamagedException {
        try {
            SnapshotFormat.read(layout, snapshot.group(), contents, check);
        } catch (IllegalArgumentException e) {
            throw new DamagedException(
                    file(snapshot),
                    piece.offset(),
                    "the piece's checksum is right, and its contents are none of this version: " + e.getMessage(),
                    "snapshot verify " + directory);
        }
    }
}
