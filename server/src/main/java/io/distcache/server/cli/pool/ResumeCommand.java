package io.distcache.server.cli.pool;

import io.distcache.protocol.Command.Resume;
import io.distcache.protocol.HealthReport;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Tool;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache resume}: brings a node back that turned read-only. Confined to one thread. */
@Command(
        name = "resume",
        description = {
            "Has a node that turned read-only try its log again: it begins a new segment and writes a snapshot,",
            "and takes changes again if both are on disk. Do it when the cause is gone: space, permissions, the disk."
        })
public final class ResumeCommand extends Tool {

    @Option(
            names = "--node",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:2050",
            description = "Default ${DEFAULT-VALUE}.")
    private String node = "";

    @Mixin
    private Access access = new Access();

    @Override
    public Integer call() throws IOException {
        try (NodeConnection connection = access.connect(node)) {
            boolean wasReadOnly = connection.state() == HealthReport.State.READ_ONLY;
            connection.ask(new Resume());
            out().println(node + (wasReadOnly ? ": takes changes again" : ": takes changes; it was not read-only"));
            out().flush();
            return ExitCode.OK;
        }
    }
}
