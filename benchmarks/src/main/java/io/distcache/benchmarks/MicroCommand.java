package io.distcache.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands its arguments to JMH. */
@Command(
        name = "micro",
        description = "JMH benchmarks of single parts; after -- come JMH's own arguments, as in: micro -- Bytes -f 1")
final class MicroCommand {
    @Parameters(description = "JMH's arguments: a regular expression for names, and options (-- -h lists them)")
    List<String> arguments = new ArrayList<>();

    int run() {
        try {
            org.openjdk.jmh.Main.main(arguments.toArray(new String[0]));
            return 0;
        } catch (IOException e) {
            System.err.println(e);
            return 1;
        }
    }
}
