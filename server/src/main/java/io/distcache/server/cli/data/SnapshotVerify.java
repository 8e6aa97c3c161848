package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.ToolFailures;
import io.distcache.server.log.DamagedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache snapshot verify}. Confined to one thread. */
@Command(
        name = "verify",
        description = {
            "Reads snapshots to their ends and checks them.",
            "Of a member of a replicated pool those of its groups: the newest of each, and older ones that are kept."
        })
final class SnapshotVerify extends Tool {

    @Parameters(
            paramLabel = "DIR|FILE",
            description = "The data directory of a node, for all its snapshots; or one of them.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Print one JSON object per snapshot.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        GroupSnapshots ofGroups = GroupSnapshots.in(path, out());
        if (ofGroups != null) {
            return ofGroups.verify(json);
        }
        List<Path> all =
                Files.isRegularFile(path) ? List.of(path) : DataFiles.in(path).snapshots();
        List<SnapshotCheck.Sound> sound = new ArrayList<>();
        List<DamagedException> damages = new ArrayList<>();
        try (Progress progress = Progress.of("checking snapshots")) {
            for (Path file : all) {
                try {
                    sound.add(SnapshotCheck.check(file, progress));
                } catch (DamagedException e) {
                    damages.add(e);
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

    private void print(List<SnapshotCheck.Sound> sound, List<DamagedException> damages) {
        if (sound.isEmpty() && damages.isEmpty()) {
            out().println(path + ": no snapshots; a start reads the log from its beginning");
        }
        if (!sound.isEmpty()) {
            Table table = new Table(
                    "snapshot", "caches", "entries", "bytes", "position", "log until", "begun", "ended", "shards");
            for (SnapshotCheck.Sound snapshot : sound) {
                table.row(
                        String.valueOf(snapshot.file().getFileName()),
                        snapshot.caches(),
                        snapshot.end().entries(),
                        snapshot.bytes(),
                        snapshot.header().position(),
                        snapshot.end().endPosition(),
                        Table.time(snapshot.header().createdMillis()),
                        Table.time(snapshot.end().endedMillis()),
                        snapshot.header().shards());
            }
            table.print(out());
        }
        for (DamagedException damage : damages) {
            out().println(damage.file() + ": damaged at byte " + damage.offset() + ": " + damage.what());
        }
        out().flush();
    }

    private void printJson(List<SnapshotCheck.Sound> sound, List<DamagedException> damages) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            for (SnapshotCheck.Sound snapshot : sound) {
                to.writeStartObject();
                to.writeStringField("file", snapshot.file().toString());
                to.writeBooleanField("valid", true);
                to.writeNumberField("caches", snapshot.caches());
                to.writeNumberField("entries", snapshot.end().entries());
                to.writeNumberField("bytes", snapshot.bytes());
                to.writeNumberField("position", snapshot.header().position());
                to.writeNumberField("endPosition", snapshot.end().endPosition());
                Json.time(to, "begun", snapshot.header().createdMillis());
                Json.time(to, "ended", snapshot.end().endedMillis());
                to.writeNumberField("shards", snapshot.header().shards());
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
        out().println();
        out().flush();
    }
}
