package io.distcache.server.cli.tls;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** {@code distcache tls}: the certificate of a running node. Stateless. */
@Command(
        name = "tls",
        description = "Has a running node look at the files of its certificate.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {TlsReload.class, HelpCommand.class})
public final class TlsCommand {}
