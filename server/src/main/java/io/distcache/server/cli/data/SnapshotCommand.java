package io.distcache.server.cli.data;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** {@code distcache snapshot}: what snapshots hold, and a new one. Stateless. */
@Command(
        name = "snapshot",
        description = "Checks and prints the snapshots of a node's data directory, or has a node take one.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {SnapshotVerify.class, SnapshotPrint.class, SnapshotNow.class, HelpCommand.class})
public final class SnapshotCommand {}
