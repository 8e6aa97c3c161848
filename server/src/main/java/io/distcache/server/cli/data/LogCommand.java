package io.distcache.server.cli.data;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** {@code distcache log}: what the log of a data directory holds. Stateless. */
@Command(
        name = "log",
        description = "Checks, prints and replays the log of a node's data directory; changes nothing in it.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {LogVerify.class, LogPrint.class, LogReplay.class, HelpCommand.class})
public final class LogCommand {}
