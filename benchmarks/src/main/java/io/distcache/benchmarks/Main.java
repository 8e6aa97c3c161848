package io.distcache.benchmarks;

import io.distcache.benchmarks.peer.Jvm;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command: options, then scenarios with theirs, as in {@code bench --rounds 3 mix --threads 8 invoke}. */
@Command(
        name = "bench",
        subcommandsRepeatable = true,
        description =
                "Compares DistCache with its peers through JCache, in interleaved rounds. Scenarios can be named one after"
                        + " the other, each with its options; without any, all run.",
        subcommands = {
            ScenarioCommand.Mix.class,
            ScenarioCommand.Bean.class,
            ScenarioCommand.Batch.class,
            ScenarioCommand.Invoke.class,
            ScenarioCommand.Memory.class,
            ScenarioCommand.Start.class,
            ScenarioCommand.Durability.class,
            ScenarioCommand.Restarts.class,
            ScenarioCommand.Snapshots.class,
            ReplicatedCommand.class,
            MicroCommand.class
        })
public final class Main {
    @Option(
            names = "--peers",
            split = ",",
            description = "distcache, redisson, lettuce, hazelcast, infinispan, echo (all that are there)")
    @Nullable
    List<String> names;

    @Option(names = "--quick", description = "a smoke run of everything in about two minutes; its figures mean nothing")
    boolean quick;

    @Option(names = "--rounds", description = "slices per peer and table (5; quick: 1)")
    @Nullable
    Integer rounds;

    @Option(names = "--slice", description = "milliseconds of a measured slice (3000; quick: 400)")
    @Nullable
    Integer slice;

    @Option(names = "--warm-up", description = "milliseconds before every slice (1000; quick: 200)")
    @Nullable
    Integer warmUp;

    @Option(names = "--first-warm-up", description = "milliseconds once per peer and table (5000; quick: 400)")
    @Nullable
    Integer firstWarmUp;

    @Option(names = "--json", description = "also write every round to this file")
    @Nullable
    Path json;

    @Option(names = "--server-heap", description = "-Xmx of every peer's server that is a JVM (${DEFAULT-VALUE})")
    String serverHeap = "3g";

    @Option(names = "--client-heap", description = "-Xmx of every client (${DEFAULT-VALUE})")
    String clientHeap = "1g";

    @Option(names = "--node-flag", description = "a JVM flag of DistCache's node, as in --node-flag=-XX:+UseSerialGC")
    List<String> nodeFlags = new ArrayList<>();

    @Option(names = "--node-argument", description = "an argument of DistCache's server command")
    List<String> nodeArguments = new ArrayList<>();

    @Option(names = "--directory", description = "where servers work and logs are kept (a temporary directory)")
    @Nullable
    Path directory;

    @Option(
            names = "--data",
            description =
                    "where servers keep their entries while durable, restart, snapshot-latency and replicated run: a directory on a"
                            + " disk, in which nothing stays (benchmarks/target/data)")
    @Nullable
    Path data;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "show this")
    boolean help;

    @Spec
    @Nullable
    CommandSpec spec;

    public static void main(String[] args) {
        Main main = new Main();
        System.exit(new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(main::run)
                .execute(args));
    }

    private int run(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        List<ScenarioCommand> commands = new ArrayList<>();
        for (ParseResult subcommand : parsed.subcommands()) {
            Object command = subcommand.commandSpec().userObject();
            if (command instanceof MicroCommand micro) {
                return micro.run();
            }
            commands.add((ScenarioCommand) command);
        }
        try {
            return run(commands.isEmpty() ? ScenarioCommand.all() : commands);
        } catch (IOException e) {
            System.err.println(e);
            return 1;
        }
    }

    private int run(List<ScenarioCommand> commands) throws IOException {
        Jvm jvm = new Jvm(serverHeap, clientHeap, nodeFlags, nodeArguments);
        Plan plan = plan();
        Map<String, String> versions = new LinkedHashMap<>();
        Map<String, String> leftOut = new LinkedHashMap<>();
        List<Peer> peers = peers(jvm, versions, leftOut);
        List<Scenario> scenarios =
                commands.stream().flatMap(each -> each.scenarios(plan).stream()).toList();
        Disk disk = new Disk(data != null ? data : Peers.buildDirectory().resolve("data"));
        Map<String, String> facts = Machine.facts();
        if (scenarios.stream().anyMatch(Scenario::usesDisk)) {
            facts.put("disk", disk.describe());
        }
        Report report = new Report(facts, plan, versions, leftOut);
        System.out.print(report.header());
        int steps = scenarios.stream().mapToInt(each -> each.steps(peers)).sum();
        Progress progress = new Progress(System.err, Progress.errorsGoToTerminal(), steps);
        Path work = directory != null ? directory : Files.createTempDirectory("distcache-bench");
        System.err.println("servers work and logs are kept in " + work);
        List<Result> results = new ArrayList<>();
        try (disk;
                Arena arena = new Arena(peers, plan, jvm, work.toAbsolutePath(), disk, progress)) {
            for (Scenario scenario : scenarios) {
                Result result = scenario.run(arena);
                results.add(result);
                progress.end();
                System.out.print(Report.table(result));
                if (json != null) {
                    // After every table: a run that is stopped half way leaves what it has.
                    JsonReport.write(json, report, results);
                }
            }
        }
        return results.stream().anyMatch(Result::hasFailures) ? 1 : 0;
    }

    private Plan plan() {
        return new Plan(
                quick,
                Optional.ofNullable(rounds).orElse(quick ? 1 : 5),
                Duration.ofMillis(Optional.ofNullable(firstWarmUp).orElse(quick ? 400 : 5000)),
                Duration.ofMillis(Optional.ofNullable(warmUp).orElse(quick ? 200 : 1000)),
                Duration.ofMillis(Optional.ofNullable(slice).orElse(quick ? 400 : 3000)));
    }

    /** Those asked for that can run; the others are left out loudly. */
    private List<Peer> peers(Jvm jvm, Map<String, String> versions, Map<String, String> leftOut) {
        List<Peer> all = Peers.all(jvm);
        if (names != null) {
            for (String name : names) {
                if (all.stream().noneMatch(peer -> peer.name().equals(name))) {
                    throw new ParameterException(
                            commandLine(),
                            "no peer '" + name + "'; there are "
                                    + all.stream().map(Peer::name).toList());
                }
            }
        }
        List<Peer> able = new ArrayList<>();
        for (Peer peer : all) {
            if (names != null && !names.contains(peer.name())) {
                continue;
            }
            Optional<String> missing = peer.missing();
            if (missing.isPresent()) {
                leftOut.put(peer.name(), missing.get());
                System.err.println("LEFT OUT " + peer.name() + ": " + missing.get());
            } else {
                able.add(peer);
                versions.put(peer.name(), peer.version());
            }
        }
        if (able.isEmpty()) {
            throw new ParameterException(commandLine(), "no peer can run");
        }
        return able;
    }

    private CommandLine commandLine() {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return spec.commandLine();
    }
}
