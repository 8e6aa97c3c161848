package io.distcache.server.cli.data;

import io.distcache.server.cli.Progress;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A data directory as it was at a moment: the newest snapshot that had ended by then, and the log from it on up to the last record
 * written by then. Confined to one thread.
 */
final class PointInTime {

    /**
     * What was put into the new directory.
     *
     * @param lastMillis when its last record was written; 0 if it has none
     */
    record Made(@Nullable Path snapshot, long records, long position, long lastMillis) {}

    /**
     * Where the log is cut.
     *
     * @param file of the last record kept, or null if none is
     */
    private record Cut(long position, @Nullable Path file, long offset, long records, long millis) {}

    private final DataFiles files;
    private final long untilMillis;
    private final Progress progress;

    PointInTime(DataFiles files, Instant until, Progress progress) {
        this.files = files;
        this.untilMillis = until.toEpochMilli();
        this.progress = progress;
    }

    /**
     * Makes the directory.
     *
     * @throws IOException if the log does not reach back so far
     */
    Made writeTo(NewDirectory target) throws IOException {
        List<SnapshotCheck.Sound> sound = soundSnapshots();
        long synced = sound.isEmpty() ? 0 : sound.get(0).end().endPosition();
        for (SnapshotCheck.Sound snapshot : sound) {
            long from = snapshot.header().position();
            if (snapshot.end().endedMillis() <= untilMillis && files.firstPosition(from) <= from) {
                Cut cut = cut(from, synced);
                if (cut.position >= snapshot.end().endPosition()) {
                    return copy(target, snapshot, cut);
                }
            }
        }
        if (files.segments().isEmpty() || files.firstPosition(0) > 0) {
            throw tooFar(sound);
        }
        Cut cut = cut(0, synced);
        if (cut.file == null) {
            throw new IOException(files.log() + ": nothing had been written by " + Instant.ofEpochMilli(untilMillis)
                    + "; see when it begins with: bin/distcache log verify " + files.directory());
        }
        return copy(target, null, cut);
    }

    /** The newest first. */
    private List<SnapshotCheck.Sound> soundSnapshots() throws IOException {
        List<SnapshotCheck.Sound> sound = new ArrayList<>();
        for (int i = files.snapshots().size() - 1; i >= 0; i--) {
            try {
                sound.add(SnapshotCheck.check(files.snapshots().get(i), progress));
            } catch (DamagedException e) {
                // One before it may do.
            }
        }
        return sound;
    }

    /**
     * Behind the last record written by the moment. Clocks are set back now and then, so this is not where the first later one
     * begins; what is damaged after the moment does not matter.
     */
    private Cut cut(long from, long synced) throws IOException {
        Cut cut = new Cut(Math.min(from, files.firstPosition(from)), null, 0, 0, 0);
        boolean passed = false;
        try (LogReader reader = new LogReader(files.log(), from, synced)) {
            progress.expect(reader.totalBytes());
            cut = new Cut(reader.nextPosition(), null, 0, 0, 0);
            long told = 0;
            long records = 0;
            while (reader.next()) {
                records += reader.position() < from ? 0 : 1;
                if (reader.millis() <= untilMillis) {
                    cut = new Cut(reader.nextPosition(), reader.file(), reader.nextOffset(), records, reader.millis());
                } else {
                    passed = true;
                }
                progress.advance(reader.readBytes() - told);
                told = reader.readBytes();
            }
        } catch (DamagedException e) {
            if (!passed) {
                throw e;
            }
        }
        return cut;
    }

    private Made copy(NewDirectory target, SnapshotCheck.@Nullable Sound snapshot, Cut cut) throws IOException {
        long from = 0;
        if (snapshot != null) {
            from = snapshot.header().position();
            add(target, "snapshots/", snapshot.file(), snapshot.bytes());
        }
        Path last = cut.file;
        for (int i = 0; last != null && i < files.segments().size(); i++) {
            Path segment = files.segments().get(i);
            boolean over = i + 1 < files.segments().size()
                    && Segment.positionOf(files.segments().get(i + 1)) <= from;
            if (!over && segment.compareTo(last) <= 0) {
                add(target, "log/", segment, segment.equals(last) ? cut.offset : Files.size(segment));
            }
        }
        Recovery.Log end =
                StartPoint.find(DataFiles.inTheMaking(target.path()), progress).readLog(progress);
        long position = Math.max(from, cut.position);
        if (end.tail() != null || end.position() != position) {
            throw new IOException("the copy of the log ends at position " + end.position() + ", not at " + position
                    + " as it should: the files changed while they were copied; try again");
        }
        return new Made(snapshot == null ? null : snapshot.file(), end.records(), position, cut.millis);
    }

    private void add(NewDirectory target, String folder, Path file, long bytes) throws IOException {
        progress.expect(bytes);
        try (InputStream in = Files.newInputStream(file)) {
            target.add(folder + file.getFileName(), in, bytes, progress);
        }
    }

    private IOException tooFar(List<SnapshotCheck.Sound> sound) {
        long earliest = sound.stream()
                .filter(snapshot ->
                        files.firstPosition(Long.MAX_VALUE) <= snapshot.header().position())
                .mapToLong(snapshot -> snapshot.end().endedMillis())
                .min()
                .orElse(0);
        return new IOException(files.log() + " does not reach back to " + Instant.ofEpochMilli(untilMillis)
                + ": no snapshot from before then is left with the log after it. "
                + (earliest == 0
                        ? "There is no snapshot to begin with"
                        : "The earliest moment that can be had is " + Instant.ofEpochMilli(earliest))
                + ". How much of the log is kept is what log.retain says, and snapshot.keep for snapshots");
    }
}
