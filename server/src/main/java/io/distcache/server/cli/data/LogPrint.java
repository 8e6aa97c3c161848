package io.distcache.server.cli.data;

import io.distcache.protocol.Bytes;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.log.LogReader;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.replication.files.GroupLine;
import io.distcache.server.replication.recovery.StoredChanges;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache log print}. Confined to one thread. */
@Command(
        name = "print",
        description = {
            "Prints the log, one line for each change: position, time, shard, what, cache, key, value.",
            "The time is that of the write the record went out with, to the millisecond.",
            "With --key, what emptied the key's cache or shard is printed too.",
            "Of a node in a replicated pool: the records of its groups, with index and term, and below each the changes in it;",
            "with --key or --cache only those. Whether the pool has agreed on them the log alone does not say."
        })
final class LogPrint extends Tool {

    /** Where a key that is wanted was seen. */
    private record Place(long cache, int shard) {}

    @Parameters(paramLabel = "DIR", description = "The data directory of a node.")
    private Path directory = Path.of("");

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Not what is older: " + TimeConverter.FORMS + ".")
    private @Nullable Instant from;

    @Option(names = "--to", paramLabel = "TIME", converter = TimeConverter.class, description = "Not what is newer.")
    private @Nullable Instant to;

    @Mixin
    private Selection selection = new Selection();

    @Option(names = "--json", description = "Print one JSON object per line, with whole values.")
    private boolean json;

    private final Set<Place> places = new HashSet<>();
    private CacheNames names = new CacheNames();

    @Override
    public Integer call() throws IOException {
        DataFiles files = DataFiles.in(directory);
        try (Progress progress = Progress.whilePrinting("reading the log")) {
            StartPoint start = StartPoint.find(files, progress);
            names = CacheNames.ofSnapshots(files);
            try (LogReader reader = new LogReader(files.log(), files.firstPosition(start.position()), start.end());
                    Lines lines = json ? new Lines.OfJson(out()) : new Lines.OfText(out())) {
                progress.expect(reader.totalBytes());
                print(reader, lines, progress);
                LogReader.Tail tail = reader.tail();
                if (tail != null) {
                    note(tail.file() + ": ends with " + tail.bytes() + " bytes of an unfinished write, at byte "
                            + tail.offset());
                }
            }
        }
        return ExitCode.OK;
    }

    private void print(LogReader reader, Lines lines, Progress progress) throws IOException {
        long least = from == null ? Long.MIN_VALUE : from.toEpochMilli();
        long most = to == null ? Long.MAX_VALUE : to.toEpochMilli();
        long told = 0;
        // When the reader of a pipe has gone there is no more to do.
        while (!lines.isBroken() && reader.next()) {
            boolean isInTime = reader.millis() >= least && reader.millis() <= most;
            if (StartPoint.isOfGroups(reader)) {
                GroupLine line = StartPoint.group(reader);
                if (isInTime && selection.isEverything()) {
                    lines.group(reader.position(), reader.millis(), reader.shard(), line);
                }
                for (StoredChanges part : StartPoint.changes(reader, line)) {
                    print(reader, part.mutations(), part.shard(), lines, isInTime);
                }
            } else {
                print(reader, StartPoint.decode(reader), reader.shard(), lines, isInTime);
            }
            progress.advance(reader.readBytes() - told);
            told = reader.readBytes();
        }
    }

    private void print(LogReader reader, List<Mutation> mutations, int shard, Lines lines, boolean isInTime)
            throws IOException {
        for (Mutation mutation : mutations) {
            if (mutation instanceof Mutation.Create create) {
                names.add(create.cacheId(), create.definition());
            }
            String cache = names.of(mutation.cacheId());
            if (isInTime && selection.hasCache(cache) && isSelected(mutation, shard)) {
                lines.mutation(reader.position(), reader.millis(), shard, cache, mutation);
            }
        }
    }

    private boolean isSelected(Mutation mutation, int shard) {
        if (selection.isAllKeys()) {
            return true;
        }
        Bytes key = key(mutation);
        if (key != null) {
            boolean selected = selection.hasKey(key);
            if (selected) {
                places.add(new Place(mutation.cacheId(), shard));
            }
            return selected;
        }
        return mutation instanceof Mutation.Destroy
                ? places.stream().anyMatch(place -> place.cache == mutation.cacheId())
                : (mutation instanceof Mutation.Clear || mutation instanceof Mutation.ClearPart)
                        && places.contains(new Place(mutation.cacheId(), shard));
    }

    private static @Nullable Bytes key(Mutation mutation) {
        if (mutation instanceof Mutation.Store store) {
            return EntryRecord.key(store.record().array());
        }
        if (mutation instanceof Mutation.Delete delete) {
            return delete.key();
        }
        return mutation instanceof Mutation.Touch touch ? touch.key() : null;
    }
}
