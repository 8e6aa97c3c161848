package io.distcache.benchmarks;

import io.distcache.benchmarks.load.Dataset;
import io.distcache.benchmarks.load.ValueKind;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.load.Workload.Operation;
import io.distcache.benchmarks.peer.Keeping;
import io.distcache.benchmarks.peer.Replication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What it costs that no entry is lost with a process. Confined to the thread that reads the command. */
@Command(
        name = "replicated",
        description =
                "put and get on one node (distcache), on a replicated pool of three (distcache-pool), on three members of"
                        + " Hazelcast with a synchronous backup (hazelcast-backup), and on Redis with a replica and WAIT 1"
                        + " (redis-wait); then each server process at rest. --peers chooses by distcache, hazelcast, lettuce")
final class ReplicatedCommand implements ScenarioCommand {
    @Option(names = "--threads", split = ",", description = "callers (8,64; quick: 8)")
    @Nullable
    List<Integer> threads;

    @Option(names = "--gets", split = ",", description = "percent of calls that get, the others put (0,90)")
    List<Integer> gets = List.of(0, 90);

    @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
    int size = 100;

    @Option(names = "--keys", description = "entries (${DEFAULT-VALUE})")
    int keys = 20_000;

    @Option(names = "--heap", description = "-Xmx of each server that is a JVM (${DEFAULT-VALUE})")
    String heap = "512m";

    @Option(
            names = "--sync",
            description =
                    "ALWAYS, INTERVAL or OS: log.sync of the pool's nodes; the one node keeps nothing (${DEFAULT-VALUE})")
    Keeping sync = Keeping.INTERVAL;

    @Option(
            names = "--groups",
            split = ",",
            description = "groups of the pool, 1 to 64; with several numbers there are several pools (6)")
    List<Integer> groups = List.of(6);

    @Option(names = "--millis", description = "of a measured slice (1500; quick: 400)")
    @Nullable
    Integer millis;

    @Option(
            names = "--warm",
            description =
                    "most seconds per peer before the first table, which ends when calls cost no less than before, for the"
                            + " compilers (150; quick: 1)")
    @Nullable
    Integer warm;

    @Option(names = "--rest", description = "seconds that the processes at rest are watched (20; quick: 2)")
    @Nullable
    Integer rest;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public List<Scenario> scenarios(Plan plan) {
        if (!Keeping.SYNC_POLICIES.contains(sync) && spec != null) {
            throw new ParameterException(
                    spec.commandLine(), sync + " is no sync policy; there are " + Keeping.SYNC_POLICIES);
        }
        Replication how = new Replication(heap, sync, List.copyOf(groups));
        Plan own = plan.withSlice(Duration.ofMillis(plan.choose(millis, 1500, 400)))
                .withWarmUps(millis(plan, 1000, 200), millis(plan, 500, 200));
        Dataset dataset = new Dataset(ValueKind.BYTES, keys, size);
        List<Scenario> scenarios = new ArrayList<>();
        scenarios.add(new Warming(
                new Slices(
                        "replicated, warming up, 64 threads, half get",
                        new Workload(Operation.MIX, dataset, 64, 50, 1),
                        plan.withSlice(millis(plan, 3000, 400)).withWarmUps(Duration.ZERO, Duration.ZERO)),
                how,
                Duration.ofSeconds(plan.choose(warm, 150, 1))));
        for (int get : gets) {
            for (int count : plan.choose(threads, List.of(8, 64), List.of(8))) {
                scenarios.add(new Replicated(
                        new Slices(
                                title(get, count, own),
                                new Workload(Operation.MIX, dataset, count, get, 1),
                                own,
                                Replicated.BASES),
                        how));
            }
        }
        scenarios.add(new AtRest(how, Duration.ofSeconds(5), Duration.ofSeconds(plan.choose(rest, 20, 2))));
        return scenarios;
    }

    private static Duration millis(Plan plan, int full, int quick) {
        return Duration.ofMillis(plan.quick() ? quick : full);
    }

    private String title(int get, int count, Plan own) {
        return String.format(
                Locale.ROOT,
                "replicated %s, %d threads, %,d entries of %d B, slices of %d ms",
                ScenarioCommand.reads(get),
                count,
                keys,
                size,
                own.slice().toMillis());
    }
}
