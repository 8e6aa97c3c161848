package io.distcache.server.cli.data;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DamagedException;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache snapshot print}. Confined to one thread. */
@Command(
        name = "print",
        description = {
            "Prints a snapshot: its caches, then one line for each entry: shard, cache, key, value.",
            "Of a data directory, the snapshot that a start would take; of a member of a replicated pool, that of each group."
        })
final class SnapshotPrint extends Tool implements SnapshotReader.Visitor {

    @Parameters(paramLabel = "DIR|FILE", description = "The data directory of a node, or a snapshot.")
    private Path path = Path.of("");

    @Mixin
    private Selection selection = new Selection();

    @Option(names = "--json", description = "Print one JSON object per line, with whole values.")
    private boolean json;

    private final CacheNames names = new CacheNames();
    private @Nullable Lines lines;
    private int shard;
    private String cache = "";

    @Override
    public Integer call() throws IOException {
        GroupSnapshots ofGroups = GroupSnapshots.in(path, out());
        if (ofGroups != null) {
            return ofGroups.print(selection, json);
        }
        try (Progress progress = Progress.whilePrinting("reading the snapshot")) {
            Path file = Files.isRegularFile(path) ? path : newest(progress);
            try (SnapshotReader reader = new SnapshotReader(file);
                    Lines to = json ? new Lines.OfJson(out()) : new Lines.OfText(out())) {
                lines = to;
                reader.read(this);
            } catch (BrokenPipe e) {
                return ExitCode.SOFTWARE;
            }
        }
        return ExitCode.OK;
    }

    private Path newest(Progress progress) throws IOException {
        StartPoint start = StartPoint.find(DataFiles.in(path), progress);
        for (DamagedException invalid : start.invalid()) {
            note(invalid.file() + ": damaged at byte " + invalid.offset() + ": " + invalid.what());
        }
        if (start.snapshot() != null) {
            return start.snapshot().file();
        }
        if (!start.invalid().isEmpty()) {
            throw start.invalid().get(0);
        }
        throw new WrongArgumentException(
                path + " has no snapshot; see what its log has with: bin/distcache log print " + path);
    }

    @Override
    public void cache(long id, byte[] definition) throws IOException {
        CacheDefinition read = MutationCodec.definition(definition);
        names.add(id, read);
        Lines to = lines;
        if (to != null && selection.hasCache(names.of(id)) && selection.isAllKeys()) {
            to.definition(names.of(id), read);
        }
    }

    @Override
    public void entries(int ofShard, long position, long ofCache, int count, SnapshotReader.Entries entries)
            throws IOException {
        shard = ofShard;
        cache = names.of(ofCache);
        for (byte[] record = entries.next(); record != null; record = entries.next()) {
            entry(record);
        }
    }

    private void entry(byte[] record) throws IOException {
        Lines to = lines;
        if (to != null && selection.hasCache(cache) && selection.hasKey(EntryRecord.key(record))) {
            to.entry(shard, cache, record);
            if (to.isBroken()) {
                throw new BrokenPipe();
            }
        }
    }

    /** Nobody reads what is printed any more. */
    private static final class BrokenPipe extends IOException {
        private static final long serialVersionUID = 1;
    }
}
