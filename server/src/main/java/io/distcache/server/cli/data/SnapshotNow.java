package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.Command.Snapshot;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Reply;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Tool;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache snapshot now}. Confined to one thread. */
@Command(name = "now", description = "Has a running node write a snapshot, and waits until it is on disk.")
final class SnapshotNow extends Tool {

    @Option(
            names = "--node",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:2050",
            description = "Default ${DEFAULT-VALUE}.")
    private String node = "";

    @Mixin
    private Access access = new Access();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (NodeConnection connection = access.connect(node)) {
            Reply reply = connection.ask(new Snapshot());
            for (Reply.NodeFile file : ((Reply.Files) reply).files()) {
                if (json) {
                    try (JsonGenerator to = Json.lines(out())) {
                        to.writeStartObject();
                        to.writeStringField("file", file.path());
                        to.writeNumberField("bytes", file.bytes());
                        to.writeEndObject();
                    }
                    out().println();
                } else {
                    out().println(OneLine.of(file.path()) + ": " + file.bytes() + " bytes");
                }
            }
            out().flush();
            return ExitCode.OK;
        }
    }
}
