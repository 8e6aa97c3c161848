package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.ToolFailures;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache log verify}. Confined to one thread. */
@Command(
        name = "verify",
        description = {
            "Reads every record of the log and checks it, and that nothing is missing between them.",
            "What a crash left at the end is no damage: a start cuts it off."
        })
final class LogVerify extends Tool {

    @Parameters(paramLabel = "DIR", description = "The data directory of a node.")
    private Path directory = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        DataFiles files = DataFiles.in(directory);
        LogSurvey survey;
        try (Progress progress = Progress.of("checking the log")) {
            survey = LogSurvey.of(files, progress);
        }
        if (json) {
            printJson(survey);
        } else {
            print(survey);
        }
        return survey.damages().isEmpty() ? ExitCode.OK : ToolFailures.DAMAGED;
    }

    private void print(LogSurvey survey) {
        Table table = new Table("segment", "records", "bytes", "first", "last", "from", "to", "shards");
        for (LogSurvey.Found found : survey.segments()) {
            table.row(
                    String.valueOf(found.file.getFileName()),
                    found.records,
                    found.bytes,
                    found.records == 0 ? "" : found.firstPosition,
                    found.records == 0 ? "" : found.lastPosition,
                    found.records == 0 ? "" : Table.time(found.firstMillis),
                    found.records == 0 ? "" : Table.time(found.lastMillis),
                    found.shards == 0 ? "" : found.shards);
        }
        table.print(out());
        StartPoint start = survey.start();
        for (DamagedException invalid : start.invalid()) {
            note(invalid.getMessage() + " (a start falls back to an older snapshot)");
        }
        LogReader.Tail tail = survey.tail();
        if (tail != null) {
            out().println(tail.file() + ": unfinished write at byte " + tail.offset()
                    + ", as a crash leaves it; a start would cut " + tail.bytes() + " bytes and go on at position "
                    + tail.position());
        }
        for (DamagedException damage : survey.damages()) {
            out().println(damage.file() + ": damaged at byte " + damage.offset() + ": " + damage.what());
        }
        String from = start.snapshot() == null
                ? "at the log's beginning"
                : "with " + start.snapshot().file().getFileName();
        DamagedException failure = survey.startFailure();
        if (survey.damages().isEmpty()) {
            out().println("fine: "
                    + survey.segments().stream().mapToLong(f -> f.records).sum() + " records; a start begins " + from);
        } else if (failure == null) {
            out().println("damaged, but not where a start reads: it begins " + from);
        } else {
            out().println("damaged, and a start would refuse: it begins " + from
                    + ". Restore a backup, or replay to before the damage with: bin/distcache log replay");
        }
        out().flush();
    }

    private void printJson(LogSurvey survey) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            to.writeStartObject();
            to.writeStringField("directory", directory.toString());
            to.writeArrayFieldStart("segments");
            for (LogSurvey.Found found : survey.segments()) {
                to.writeStartObject();
                to.writeStringField("file", found.file.toString());
                to.writeNumberField("records", found.records);
                to.writeNumberField("bytes", found.bytes);
                if (found.records > 0) {
                    to.writeNumberField("firstPosition", found.firstPosition);
                    to.writeNumberField("lastPosition", found.lastPosition);
                    Json.time(to, "firstTime", found.firstMillis);
                    Json.time(to, "lastTime", found.lastMillis);
                }
                to.writeNumberField("shards", found.shards);
                to.writeEndObject();
            }
            to.writeEndArray();
            LogReader.Tail tail = survey.tail();
            if (tail != null) {
                to.writeObjectFieldStart("tail");
                to.writeStringField("file", tail.file().toString());
                to.writeNumberField("offset", tail.offset());
                to.writeNumberField("bytes", tail.bytes());
                to.writeNumberField("position", tail.position());
                to.writeEndObject();
            }
            to.writeArrayFieldStart("damage");
            for (DamagedException damage : survey.damages()) {
                to.writeStartObject();
                to.writeStringField("file", damage.file().toString());
                to.writeNumberField("offset", damage.offset());
                to.writeStringField("what", damage.what());
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeBooleanField("valid", survey.damages().isEmpty());
            to.writeBooleanField("starts", survey.startFailure() == null);
            to.writeEndObject();
        }
        out().println();
        out().flush();
    }
}
