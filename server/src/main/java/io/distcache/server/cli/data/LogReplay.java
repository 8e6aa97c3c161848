package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.replication.recovery.PastPool;
import io.distcache.server.replication.recovery.StoppedMember;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache log replay}. Confined to one thread. */
@Command(
        name = "replay",
        description = {
            "Makes a data directory as it was at a moment, for a node to start from: the newest snapshot",
            "from before it, and what the log says was written from then to the moment.",
            "How far back that can be is a matter of log.retain. Entries whose time is over by the start are not served.",
            "Of a member of a replicated pool: what the pool had then, for a node on its own; the moment is one of the clocks",
            "of the members that led."
        })
final class LogReplay extends Tool {

    @Parameters(paramLabel = "DIR", description = "The data directory of a node; only read.")
    private Path directory = Path.of("");

    @Option(
            names = "--until",
            paramLabel = "TIME",
            required = true,
            converter = TimeConverter.class,
            description = "The moment: " + TimeConverter.FORMS + ".")
    private Instant until = Instant.EPOCH;

    @Option(
            names = "--to",
            paramLabel = "DIR2",
            required = true,
            description = "The new directory; must not exist, or be empty.")
    private Path to = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        DataFiles files = DataFiles.in(directory);
        Path ofGroups = Recovery.segmentOfGroups(directory);
        if (ofGroups != null) {
            replayGroups(ofGroups);
            return ExitCode.OK;
        }
        PointInTime.Made made;
        try (Progress progress = Progress.of("replaying the log");
                NewDirectory target = NewDirectory.begin(to, "distcache log replay")) {
            made = new PointInTime(files, until, progress).writeTo(target);
            target.commit();
        }
        Path snapshot = made.snapshot();
        if (json) {
            try (JsonGenerator out = Json.lines(out())) {
                out.writeStartObject();
                out.writeStringField("directory", to.toString());
                out.writeStringField("until", until.toString());
                if (snapshot != null) {
                    out.writeStringField("snapshot", String.valueOf(snapshot.getFileName()));
                }
                out.writeNumberField("records", made.records());
                out.writeNumberField("position", made.position());
                Json.time(out, "lastTime", made.lastMillis());
                out.writeEndObject();
            }
            out().println();
        } else {
            out().println(to + ": as of " + until + ", "
                    + (snapshot == null
                            ? "the log from its beginning"
                            : snapshot.getFileName() + " and the log from there")
                    + ", " + made.records() + " records, up to position " + made.position() + " written at "
                    + Table.time(made.lastMillis()));
            out().println("start a node from it with: bin/distcache server --data-dir " + to);
        }
        out().flush();
        return ExitCode.OK;
    }

    private void replayGroups(Path segment) throws IOException {
        PastPool past;
        try (NewDirectory target = NewDirectory.begin(to, "distcache log replay")) {
            past = PastPool.read(directory, until);
            if (past == null) {
                throw new WrongArgumentException(segment + " is of a member of a replicated pool, and " + PastPool.PLAN
                        + ", which says of which, is not in " + directory);
            }
            if (past.isEmpty()) {
                throw new IOException(segment + ": nothing had been agreed on by " + until
                        + "; see when the log begins with: bin/distcache log verify " + directory);
            }
            past.data().writeSnapshot(DataDirectory.snapshots(target.path()));
            target.commit();
        }
        if (json) {
            printJson(past);
        } else {
            print(past);
        }
        out().flush();
    }

    private void print(PastPool past) {
        StoppedMember data = past.data();
        out().println(to + ": as of " + until + ", " + data.entries() + " entries of " + data.caches()
                + " caches, which the replicated pool had by what its member " + past.member()
                + " knows; the newest change in it is of " + Table.time(data.lastMillis()));
        if (past.openGroups() > 0) {
            out().println(
                            "Of " + past.openGroups() + " of " + data.past().size()
                                    + " groups it has the newest entry that the member has, and nothing says whether the pool agreed on it.");
        }
        if (data.newestMillis() < until.toEpochMilli()) {
            out().println("The member's log ends at " + Table.time(data.newestMillis())
                    + ", before the moment: what the pool did without it is not there.");
        }
        out().println("start a node from it with: bin/distcache server --data-dir " + to);
    }

    private void printJson(PastPool past) throws IOException {
        StoppedMember data = past.data();
        try (JsonGenerator out = Json.lines(out())) {
            out.writeStartObject();
            out.writeStringField("directory", to.toString());
            out.writeStringField("until", until.toString());
            out.writeStringField("pool", past.pool());
            out.writeStringField("member", past.member());
            out.writeNumberField("caches", data.caches());
            out.writeNumberField("entries", data.entries());
            out.writeNumberField("groups", data.past().size());
            out.writeNumberField("groupsNotSurelyAgreed", past.openGroups());
            Json.time(out, "lastTime", data.lastMillis());
            Json.time(out, "logEnds", data.newestMillis());
            out.writeEndObject();
        }
        out().println();
    }
}
