package io.distcache.server.cli.data;

import io.distcache.server.cli.Progress;
import io.distcache.server.log.DamagedException;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.snapshot.SnapshotHeader;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Reads a whole snapshot and checks what its checksums cannot: that caches and entries are what a start can use. Confined to one thread. */
final class SnapshotCheck implements SnapshotReader.Visitor {

    /** A snapshot that is as it was written. */
    record Sound(Path file, SnapshotHeader header, SnapshotReader.End end, int caches, long bytes) {}

    private final Path file;
    private final SnapshotReader reader;
    private final Progress progress;
    private final Set<Long> caches = new HashSet<>();
    private long told;

    SnapshotCheck(Path file, SnapshotReader reader, Progress progress) {
        this.file = file;
        this.reader = reader;
        this.progress = progress;
        progress.expect(reader.totalBytes());
    }

    /**
     * Checks a snapshot.
     *
     * @throws DamagedException naming the offset, if anything is not as written
     */
    static Sound check(Path file, Progress progress) throws IOException {
        try (SnapshotReader reader = new SnapshotReader(file)) {
            SnapshotCheck check = new SnapshotCheck(file, reader, progress);
            SnapshotReader.End end = reader.read(check);
            check.finish();
            return new Sound(file, reader.header(), end, check.caches.size(), reader.totalBytes());
        }
    }

    /** All of the snapshot was read. */
    void finish() {
        progress.advance(reader.totalBytes() - told);
    }

    @Override
    public void cache(long id, byte[] definition) throws IOException {
        try {
            MutationCodec.definition(definition);
        } catch (IllegalArgumentException e) {
            throw damaged("cache " + id + ": " + e.getMessage());
        }
        caches.add(id);
    }

    @Override
    public void entries(int shard, long position, long cache, int count, SnapshotReader.Entries entries)
            throws IOException {
        progress.advance(reader.readBytes() - told);
        told = reader.readBytes();
        if (!caches.contains(cache)) {
            throw damaged("it has entries of cache " + cache + ", which it does not define");
        }
        for (byte[] record = entries.next(); record != null; record = entries.next()) {
            entry(record);
        }
    }

    private void entry(byte[] record) throws IOException {
        if (!EntryRecord.isWellFormed(record)) {
            throw damaged("an entry is no record");
        }
    }

    private DamagedException damaged(String what) {
        return new DamagedException(
                file,
                reader.readBytes(),
                "the block's checksum is right, and its contents are none of this version: " + what,
                "snapshot verify " + file);
    }
}
