package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.ToolFailures;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.consensus.StoredSnapshot;
import io.distcache.server.log.DamagedException;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.replication.recovery.MemberSnapshots;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/** The snapshots of the groups of a member of a replicated pool, verified and printed. Confined to one thread. */
final class GroupSnapshots {
    private static final MemberSnapshots.Visitor NOBODY = new MemberSnapshots.Visitor() {
        @Override
        public void cache(long id, CacheDefinition definition) {}

        @Override
        public void entry(int partition, long cache, byte[] record) {}
    };

    private final MemberSnapshots snapshots;
    private final PrintWriter out;

    private GroupSnapshots(MemberSnapshots snapshots, PrintWriter out) {
        this.snapshots = snapshots;
        this.out = out;
    }

    /**
     * Those in the directory of a member.
     *
     * @return null if the path is that of something else
     */
    static @Nullable GroupSnapshots in(Path path, PrintWriter out) throws IOException {
        if (Files.isRegularFile(path) && String.valueOf(path.getFileName()).endsWith(".pieces")) {
            throw new WrongArgumentException(path + " has pieces of a snapshot of a group; which ones count is in the"
                    + " log. Name the data directory of the member");
        }
        if (!Files.isDirectory(path)) {
            return null;
        }
        Path ofGroups = Recovery.segmentOfGroups(DataFiles.in(path).directory());
        if (ofGroups == null) {
            return null;
        }
        MemberSnapshots found = MemberSnapshots.in(path);
        if (found == null) {
            throw new WrongArgumentException(ofGroups + " is of a member of a replicated pool, and what says of which"
                    + " (replicated-pool.json) is not in " + path);
        }
        return new GroupSnapshots(found, out);
    }

    // --- verify

    /** Returns the exit code. */
    int verify(boolean json) throws IOException {
        List<MemberSnapshots.Sound> sound = new ArrayList<>();
        List<DamagedException> damages = new ArrayList<>();
        try (Progress progress = Progress.of("checking snapshots")) {
            for (StoredSnapshot snapshot : snapshots.all()) {
                try {
                    MemberSnapshots.Sound read = snapshots.read(snapshot, NOBODY);
                    progress.expect(read.bytes());
                    progress.advance(read.bytes());
                    sound.add(read);
                } catch (DamagedException e) {
                    // One that no start needs may go while it is read.
                    if (snapshot.isNeeded() || Files.exists(snapshots.file(snapshot))) {
                        damages.add(e);
                    }
                }
            }
        }
        if (json) {
            printJson(sound, damages);
        } else {
            print(sound, damages);
        }
        return damages.isEmpty() ? ExitCode.OK : ToolFailures.DAMAGED;
    }

    private static String group(int group) {
        return group == 0 ? "caches" : String.valueOf(group - 1);
    }

    private void print(List<MemberSnapshots.Sound> sound, List<DamagedException> damages) {
        if (sound.isEmpty() && damages.isEmpty()) {
            out.println("no group has a snapshot; a start reads the log from its beginning");
        }
        if (!sound.isEmpty()) {
            Table table = new Table("group", "index", "term", "", "caches", "entries", "bytes", "until");
            for (MemberSnapshots.Sound of : sound) {
                table.row(
                        group(of.snapshot().group()),
                        of.snapshot().index(),
                        of.snapshot().term(),
                        of.snapshot().isNeeded() ? "" : "older",
                        of.caches(),
                        of.entries(),
                        of.bytes(),
                        of.millis() == 0 ? "" : Table.time(of.millis()));
            }
            table.print(out);
        }
        for (DamagedException damage : damages) {
            out.println(damage.file() + ": damaged at byte " + damage.offset() + ": " + damage.what());
        }
        out.flush();
    }

    private void printJson(List<MemberSnapshots.Sound> sound, List<DamagedException> damages) throws IOException {
        try (JsonGenerator to = Json.lines(out)) {
            for (MemberSnapshots.Sound of : sound) {
                to.writeStartObject();
                to.writeStringField("file", of.file().toString());
                to.writeBooleanField("valid", true);
                to.writeStringField("group", group(of.snapshot().group()));
                to.writeNumberField("index", of.snapshot().index());
                to.writeNumberField("term", of.snapshot().term());
                to.writeBooleanField("needed", of.snapshot().isNeeded());
                to.writeNumberField("caches", of.caches());
                to.writeNumberField("entries", of.entries());
                to.writeNumberField("bytes", of.bytes());
                Json.time(to, "until", of.millis());
                to.writeEndObject();
            }
            for (DamagedException damage : damages) {
                to.writeStartObject();
                to.writeStringField("file", damage.file().toString());
                to.writeBooleanField("valid", false);
                to.writeNumberField("offset", damage.offset());
                to.writeStringField("what", damage.what());
                to.writeEndObject();
            }
        }
        out.println();
        out.flush();
    }

    // --- print

    /** Nobody reads what is printed any more. */
    private static final class BrokenPipe extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** Prints what a start would take of each group; returns the exit code. */
    int print(Selection selection, boolean json) throws IOException {
        CacheNames names = new CacheNames();
        try (Lines lines = json ? new Lines.OfJson(out) : new Lines.OfText(out)) {
            for (StoredSnapshot snapshot : snapshots.all()) {
                if (snapshot.isNeeded()) {
                    snapshots.read(snapshot, printer(snapshot.group(), names, selection, lines));
                }
            }
        } catch (BrokenPipe e) {
            return ExitCode.SOFTWARE;
        }
        return ExitCode.OK;
    }

    private static MemberSnapshots.Visitor printer(int group, CacheNames names, Selection selection, Lines lines) {
        return new MemberSnapshots.Visitor() {
            @Override
            public void cache(long id, CacheDefinition definition) throws IOException {
                boolean isNew = !names.has(id);
                names.add(id, definition);
                if ((group == 0 || isNew) && selection.hasCache(names.of(id)) && selection.isAllKeys()) {
                    lines.definition(names.of(id), definition);
                }
            }

            @Override
            public void entry(int partition, long cache, byte[] record) throws IOException {
                if (selection.hasCache(names.of(cache)) && selection.hasKey(EntryRecord.key(record))) {
                    lines.entry(partition, names.of(cache), record);
                    if (lines.isBroken()) {
                        throw new BrokenPipe();
                    }
                }
            }
        };
    }
}
