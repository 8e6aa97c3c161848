package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.log.LogReader;
import io.distcache.server.persistence.Recovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache restore}: a data directory from a backup. Confined to one thread. */
@Command(
        name = "restore",
        description = {
            "Makes a data directory of a backup, for a node to start from.",
            "It is checked as a start would; if anything is wrong, nothing is left behind."
        })
public final class RestoreCommand extends Tool {

    @Parameters(index = "0", paramLabel = "FILE", description = "What distcache backup wrote.")
    private Path file = Path.of("");

    @Parameters(index = "1", paramLabel = "DIR", description = "The new directory; must not exist, or be empty.")
    private Path directory = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        int files;
        StartPoint start;
        Recovery.Log end;
        try (BackupReader backup = new BackupReader(file);
                NewDirectory target = NewDirectory.begin(directory, "distcache restore");
                Progress progress = Progress.of("restoring")) {
            refuseIfFull(backup.bytes());
            progress.expect(backup.bytes());
            files = backup.copyTo(target, progress);
            start = StartPoint.find(DataFiles.inTheMaking(directory), progress);
            if (!start.invalid().isEmpty()) {
                throw start.invalid().get(0);
            }
            end = start.readLog(progress);
            target.commit();
        }
        print(files, start, end);
        return ExitCode.OK;
    }

    private void refuseIfFull(long needed) throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < needed) {
            throw new IOException("the data has " + needed + " bytes, and " + free + " are free at " + directory);
        }
    }

    private void print(int files, StartPoint start, Recovery.Log end) throws IOException {
        long entries = start.snapshot() == null ? 0 : start.snapshot().end().entries();
        if (json) {
            try (JsonGenerator to = Json.lines(out())) {
                to.writeStartObject();
                to.writeStringField("directory", directory.toString());
                to.writeNumberField("files", files);
                to.writeNumberField("snapshotEntries", entries);
                to.writeNumberField("logRecords", end.records());
                to.writeEndObject();
            }
            out().println();
        } else {
            out().println(directory + ": " + files + " files, " + entries + " entries in the newest snapshot, "
                    + end.records() + " records of the log after it");
            LogReader.Tail tail = end.tail();
            if (tail != null) {
                out().println("the log ends within a write, as it was when the backup was taken; a start cuts "
                        + tail.bytes() + " bytes");
            }
            out().println("start a node from it with: bin/distcache server --data-dir " + directory);
        }
        out().flush();
    }
}
