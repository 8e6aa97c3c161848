package io.distcache.server.cli.data;

import io.distcache.server.cli.Progress;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogReader;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads all segments of a log, also those behind damage and those that a start would not need. Confined to one thread. */
final class LogSurvey {

    /** What a segment has; times are about, and 0 where the log does not say. */
    static final class Found {
        final Path file;
        final long bytes;
        final int shards;
        long records;
        long firstPosition = -1;
        long lastPosition = -1;
        long firstMillis;
        long lastMillis;

        Found(Path file) throws IOException {
            this.file = file;
            this.bytes = Files.size(file);
            this.shards = shards(file);
        }

        private static int shards(Path file) throws IOException {
            try {
                Segment header = Segment.open(file);
                return header == null ? 0 : header.shards();
            } catch (DamagedException e) {
                return 0;
            }
        }

        private void add(LogReader reader) {
            if (records++ == 0) {
                firstPosition = reader.position();
                firstMillis = reader.millis();
            }
            lastPosition = reader.position();
            lastMillis = reader.millis();
        }
    }

    private final DataFiles files;
    private final StartPoint start;
    private final Progress progress;
    private final Map<Path, Found> segments = new LinkedHashMap<>();
    private final Map<String, DamagedException> damages = new LinkedHashMap<>();
    private LogReader.@Nullable Tail tail;
    private @Nullable DamagedException startFailure;

    private LogSurvey(DataFiles files, StartPoint start, Progress progress) {
        this.files = files;
        this.start = start;
        this.progress = progress;
    }

    static LogSurvey of(DataFiles files, Progress progress) throws IOException {
        LogSurvey survey = new LogSurvey(files, StartPoint.find(files, progress), progress);
        survey.read();
        return survey;
    }

    private void read() throws IOException {
        if (files.firstPosition(start.position()) > start.position()
                || files.segments().isEmpty()) {
            // What is there may be sound; a start would miss what came before.
            try (LogReader reader = new LogReader(files.log(), start.position(), start.end())) {
                reader.next();
            } catch (DamagedException e) {
                damages.put(e.getMessage(), e);
            }
        }
        progress.expect(DataFiles.bytes(files.segments()));
        for (int next = 0; next < files.segments().size(); ) {
            next = readFrom(next);
        }
        if (!damages.isEmpty()) {
            try {
                start.readLog(Progress.none());
            } catch (DamagedException e) {
                startFailure = e;
            }
        }
    }

    /** Reads until the end or the next damage; returns where to go on. */
    private int readFrom(int first) throws IOException {
        for (Path file : files.segments().subList(first, files.segments().size())) {
            segments.put(file, new Found(file));
        }
        long from = Segment.positionOf(files.segments().get(first));
        try (LogReader reader = new LogReader(files.log(), from, start.end())) {
            long told = 0;
            while (reader.next()) {
                Found found = segments.get(reader.file());
                if (found == null) {
                    // Begun by a running node since the files were listed.
                    return files.segments().size();
                }
                found.add(reader);
                StartPoint.check(reader);
                progress.advance(reader.readBytes() - told);
                told = reader.readBytes();
            }
            tail = reader.tail();
            return files.segments().size();
        } catch (DamagedException e) {
            int damaged = Math.max(first, files.segments().indexOf(e.file()));
            boolean known = damages.put(e.getMessage(), e) != null;
            // A segment that does not follow the one before may be sound itself.
            return damaged == first || known ? damaged + 1 : damaged;
        }
    }

    StartPoint start() {
        return start;
    }

    List<Found> segments() {
        return List.copyOf(segments.values());
    }

    List<DamagedException> damages() {
        return new ArrayList<>(damages.values());
    }

    /** What a crash, or a node that is just writing, left at the end. */
    LogReader.@Nullable Tail tail() {
        return tail;
    }

    /** Why a start would fail, or null. */
    @Nullable
    DamagedException startFailure() {
        return startFailure;
    }
}
