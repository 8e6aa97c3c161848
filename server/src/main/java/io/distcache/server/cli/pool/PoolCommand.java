package io.distcache.server.cli.pool;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** {@code distcache pool}: who is in a pool. Stateless. */
@Command(
        name = "pool",
        description = {
            "Shows who is in a pool, and changes that while it runs. One node that is named is enough: it tells of the others.",
            "Keys that get another owner are missed there once; the node that had them drops them."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {
            PoolCreate.class,
            PoolStatus.class,
            PoolList.class,
            PoolAdd.class,
            PoolRemove.class,
            PoolForceRecover.class,
            HelpCommand.class
        })
public final class PoolCommand {}
