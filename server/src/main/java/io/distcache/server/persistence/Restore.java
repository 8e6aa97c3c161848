package io.distcache.server.persistence;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogReader;
import io.distcache.server.shard.Replay;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes what a recovery reads on to a replay, and tells how far it is. Confined to one thread. */
final class Restore implements Recovery.Target {
    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

    private final Replay replay;
    private final Recovery recovery;
    private final IntConsumer progress;
    private long snapshotBytes;
    private long allBytes = 1;
    private int percent;

    Restore(Replay replay, Recovery recovery, IntConsumer progress) {
        this.replay = replay;
        this.recovery = recovery;
        this.progress = progress;
    }

    @Override
    public SnapshotReader.Visitor snapshot(Path file, SnapshotReader reader) throws IOException {
        snapshotBytes = reader.totalBytes();
        allBytes = Math.max(
                1, snapshotBytes + recovery.logBytesFrom(reader.header().position()));
        return new SnapshotReader.Visitor() {
            @Override
            public void cache(long id, byte[] definition) {
                replay.cache(id, definition);
            }

            @Override
            public void entries(int shard, long position, long cache, int count, SnapshotReader.Entries entries)
                    throws IOException {
                replay.entries(shard, position, cache, count, entries);
                tell(reader.readBytes());
            }
        };
    }

    @Override
    public void damaged(DamagedException snapshot, String instead) throws IOException {
        LOG.warn("{}. Falling back to {}.", snapshot.getMessage(), instead);
        snapshotBytes = 0;
        replay.reset();
    }

    @Override
    public void log(LogReader reader) throws IOException {
        allBytes = Math.max(1, snapshotBytes + recovery.logBytesFrom(recovery.position()));
    }

    @Override
    public void record(LogReader reader) throws IOException {
        replay.record(
                reader.shard(),
                reader.shards(),
                reader.position(),
                reader.array(),
                reader.payloadOffset(),
                reader.payloadBytes());
        tell(snapshotBytes + reader.nextPosition() - recovery.position());
    }

    private void tell(long bytes) {
        int now = (int) (bytes * 100 / allBytes);
        if (now != percent) {
            percent = now;
            progress.accept(now);
        }
    }
}
