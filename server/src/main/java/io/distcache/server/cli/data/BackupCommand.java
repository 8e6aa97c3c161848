package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command.Backup;
import io.distcache.protocol.Command.ReadBackup;
import io.distcache.protocol.Reply;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DataDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache backup}: a node's data as one file. Confined to one thread. */
@Command(
        name = "backup",
        description = {
            "Writes a node's snapshots and log into one zip file, for: distcache restore.",
            "Of a stopped node, from its directory, which is locked meanwhile; what a start would refuse is not backed up.",
            "Of a running node, over its port: it takes a snapshot first; changes go on meanwhile.",
            "Of a replicated pool, over any one running member: what all its members agreed on before is in it."
        },
        customSynopsis = {
            "distcache backup [--force] [--json] DIR FILE",
            "distcache backup --node HOST:PORT [--user NAME] [--token T | --token-file FILE] [--tls ...]"
                    + " [--timeout SECONDS] [--force] [--json] FILE"
        })
public final class BackupCommand extends Tool {
    /** What only members of replicated pools have in their directories. */
    private static final String OF_A_POOL = "replicated-pool.json";

    @Parameters(
            arity = "1..2",
            paramLabel = "[DIR] FILE",
            description = "The data directory of a stopped node; the file to write.")
    private List<Path> paths = List.of();

    @Option(names = "--node", paramLabel = "HOST:PORT", description = "A running node.")
    private @Nullable String node;

    @Mixin
    private Access access = new Access();

    @Option(names = "--force", description = "Overwrite FILE.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private int files;

    @Override
    public Integer call() throws IOException {
        String running = node;
        if (running == null && paths.size() != 2) {
            throw new WrongArgumentException("backup wants DIR FILE, or --node HOST:PORT FILE");
        }
        if (running != null && paths.size() != 1) {
            throw new WrongArgumentException("with --node, backup wants one FILE and no DIR");
        }
        Path file = paths.get(paths.size() - 1);
        long bytes = running == null ? ofDirectory(paths.get(0), file) : ofNode(running, file);
        if (json) {
            try (JsonGenerator to = Json.lines(out())) {
                to.writeStartObject();
                to.writeStringField("file", file.toString());
                to.writeNumberField("files", files);
                to.writeNumberField("bytes", bytes);
                to.writeEndObject();
            }
            out().println();
        } else {
            out().println(file + ": " + files + " files in " + bytes + " bytes");
        }
        out().flush();
        return ExitCode.OK;
    }

    private long ofDirectory(Path directory, Path file) throws IOException {
        DataFiles.in(directory);
        if (Files.exists(directory.resolve(OF_A_POOL))) {
            throw new IOException(directory
                    + " is of a member of a replicated pool, which may lack what the others have. Back the pool up while it runs"
                    + " with: bin/distcache backup --node HOST:PORT FILE");
        }
        try (DataDirectory held = hold(directory);
                Progress progress = Progress.of("backing up");
                BackupWriter backup = new BackupWriter(file, force)) {
            DataFiles all = DataFiles.in(held.path());
            StartPoint start = StartPoint.find(all, progress);
            start.invalid().forEach(invalid -> note(invalid.getMessage() + " It is not in the backup."));
            start.readLog(progress);
            for (Path snapshot : all.snapshots()) {
                if (start.invalid().stream().noneMatch(invalid -> invalid.file().equals(snapshot))) {
                    copy(backup, "snapshots/", snapshot, progress);
                }
            }
            for (Path segment : all.segments()) {
                copy(backup, "log/", segment, progress);
            }
            return backup.commit();
        }
    }

    private static DataDirectory hold(Path directory) throws IOException {
        try {
            return DataDirectory.open(
                    directory, "a backup, process " + ProcessHandle.current().pid());
        } catch (DataDirectory.LockedException e) {
            throw new IOException(
                    directory + " is in use by " + e.holder()
                            + ". Stop that node, or back it up while it runs with: bin/distcache backup --node HOST:PORT FILE",
                    e);
        }
    }

    private void copy(BackupWriter backup, String folder, Path from, Progress progress) throws IOException {
        progress.expect(Files.size(from));
        Files.copy(from, backup.begin(folder + from.getFileName()));
        backup.end();
        progress.advance(Files.size(from));
        files++;
    }

    private long ofNode(String address, Path file) throws IOException {
        try (BackupWriter backup = new BackupWriter(file, force);
                NodeConnection connection = access.connect(address);
                Progress progress = Progress.of("backing up")) {
            CatchUp.await(connection, access);
            List<Reply.NodeFile> offered = ((Reply.Files) connection.ask(new Backup())).files();
            for (Reply.NodeFile offer : offered) {
                progress.expect(offer.bytes());
            }
            for (int i = 0; i < offered.size(); i++) {
                Reply.NodeFile offer = offered.get(i);
                if (!BackupReader.isName(offer.path())) {
                    throw new IOException(
                            address + " offers a file '" + offer.path() + "', which is none of a data directory");
                }
                download(connection, i, offer, backup.begin(offer.path()), progress);
                backup.end();
                files++;
            }
            return backup.commit();
        }
    }

    private static void download(
            NodeConnection connection, int index, Reply.NodeFile offer, OutputStream out, Progress progress)
            throws IOException {
        long offset = 0;
        while (offset < offer.bytes()) {
            Bytes bytes = ((Reply.Chunk) connection.ask(new ReadBackup(index, offset))).bytes();
            if (bytes.length() == 0) {
                throw new IOException("the node's " + offer.path() + " ends after " + offset
                        + " bytes, and was to have " + offer.bytes() + "; try again");
            }
            out.write(bytes.array(), bytes.offset(), bytes.length());
            offset += bytes.length();
            progress.advance(bytes.length());
        }
    }
}
