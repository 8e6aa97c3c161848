package io.distcache.server.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all tools share: {@code --help}, exit codes, where they print to. Confined to one thread. */
@Command(
        footerHeading = "%n",
        footer = "Exit codes: 0 fine, 1 it failed, 2 wrong usage or argument, 3 the data is damaged.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public abstract class Tool implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For results. */
    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** For what is not the result but should be known. */
    protected final void note(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(text);
        err.flush();
    }
}
