package io.distcache.benchmarks;

import io.distcache.benchmarks.load.Dataset;
import io.distcache.benchmarks.load.ValueKind;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.load.Workload.Operation;
import io.distcache.benchmarks.peer.Keeping;
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

/** A scenario's name on the command line, with its options; each gives one or more tables. */
interface ScenarioCommand {

    List<Scenario> scenarios(Plan plan);

    /** Every scenario with its default options, in the order of the report. */
    static List<ScenarioCommand> all() {
        return List.of(
                new Mix(),
                new Bean(),
                new Batch(),
                new Invoke(),
                new Memory(),
                new Start(),
                new Durability(),
                new Restarts(),
                new Snapshots(),
                new ReplicatedCommand());
    }

    private static int keys(Plan plan, @Nullable Integer given) {
        return plan.choose(given, 100_000, 10_000);
    }

    /** What such callers do, in a title. */
    static String reads(int percent) {
        return percent == 0 ? "put" : percent == 100 ? "get" : percent + " % get";
    }

    /** One entry per call. */
    @Command(name = "mix", description = "get and put of one entry per call, over all combinations of the options")
    final class Mix implements ScenarioCommand {
        @Option(names = "--threads", split = ",", description = "callers (1,8,64; quick: 8)")
        @Nullable
        List<Integer> threads;

        @Option(names = "--sizes", split = ",", description = "bytes or characters of a value (100,4096)")
        List<Integer> sizes = List.of(100, 4096);

        @Option(names = "--gets", split = ",", description = "percent of calls that get, the others put (90,0)")
        List<Integer> gets = List.of(90, 0);

        @Option(names = "--values", description = "BYTES or TEXT (${DEFAULT-VALUE})")
        ValueKind values = ValueKind.BYTES;

        @Option(names = "--keys", description = "entries (100,000; quick: 10,000)")
        @Nullable
        Integer keys;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            List<Scenario> scenarios = new ArrayList<>();
            // Sizes outermost: a peer keeps its entries while they fit the next table.
            for (int size : sizes) {
                Dataset dataset = new Dataset(values, keys(plan, keys), size);
                for (int get : gets) {
                    for (int count : plan.choose(threads, List.of(1, 8, 64), List.of(8))) {
                        scenarios.add(new Slices(
                                reads(get) + ", " + count + " threads, " + values.title() + " of " + size,
                                new Workload(Operation.MIX, dataset, count, get, 1),
                                plan));
                    }
                }
            }
            return scenarios;
        }
    }

    /** One bean per call. */
    @Command(name = "bean", description = "get and put of a bean of five fields; the echo moves 100 bytes instead")
    final class Bean implements ScenarioCommand {
        @Option(names = "--threads", split = ",", description = "callers (8)")
        List<Integer> threads = List.of(8);

        @Option(names = "--gets", split = ",", description = "percent of calls that get (90,0)")
        List<Integer> gets = List.of(90, 0);

        @Option(names = "--keys", description = "entries (100,000; quick: 10,000)")
        @Nullable
        Integer keys;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            List<Scenario> scenarios = new ArrayList<>();
            Dataset dataset = new Dataset(ValueKind.BEAN, keys(plan, keys), 0);
            for (int get : gets) {
                for (int count : threads) {
                    scenarios.add(new Slices(
                            reads(get) + ", " + count + " threads, bean of 5 fields",
                            new Workload(Operation.MIX, dataset, count, get, 1),
                            plan));
                }
            }
            return scenarios;
        }
    }

    /** Many entries per call. */
    @Command(name = "batch", description = "getAll and putAll")
    final class Batch implements ScenarioCommand {
        @Option(names = "--batch", description = "entries per call (${DEFAULT-VALUE})")
        int batch = 100;

        @Option(names = "--threads", split = ",", description = "callers (8)")
        List<Integer> threads = List.of(8);

        @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
        int size = 100;

        @Option(names = "--keys", description = "entries (100,000; quick: 10,000)")
        @Nullable
        Integer keys;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            List<Scenario> scenarios = new ArrayList<>();
            Dataset dataset = new Dataset(ValueKind.BYTES, keys(plan, keys), size);
            for (int get : List.of(100, 0)) {
                for (int count : threads) {
                    scenarios.add(new Slices(
                            reads(get) + "All of " + batch + ", " + count + " threads, byte[] of " + size,
                            new Workload(Operation.BATCH, dataset, count, get, batch),
                            plan));
                }
            }
            return scenarios;
        }
    }

    /** An entry processor that adds one. */
    @Command(
            name = "invoke",
            description = "an entry processor that adds one; the final sum is checked and lost updates are reported")
    final class Invoke implements ScenarioCommand {
        @Option(names = "--threads", split = ",", description = "callers (8)")
        List<Integer> threads = List.of(8);

        @Option(names = "--keys", split = ",", description = "counters (1,1000)")
        List<Integer> keys = List.of(1, 1000);

        @Override
        public List<Scenario> scenarios(Plan plan) {
            List<Scenario> scenarios = new ArrayList<>();
            for (int counters : keys) {
                Dataset dataset = new Dataset(ValueKind.COUNT, counters, Long.BYTES);
                for (int count : threads) {
                    scenarios.add(new Slices(
                            "invoke adding 1, " + count + " threads, " + counters + " keys",
                            new Workload(Operation.INVOKE, dataset, count, 0, 1),
                            plan));
                }
            }
            return scenarios;
        }
    }

    /** Bytes per entry. */
    @Command(name = "memory", description = "resident memory per entry of a new server")
    final class Memory implements ScenarioCommand {
        @Option(names = "--entries", description = "entries (1,000,000; quick: 100,000)")
        @Nullable
        Integer entries;

        @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
        int size = 100;

        @Option(names = "--settle", description = "seconds of rest before memory is read (10; quick: 1)")
        @Nullable
        Integer settle;

        @Option(names = "--times", description = "new servers per peer (${DEFAULT-VALUE})")
        int times = 1;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            int count = plan.choose(entries, 1_000_000, 100_000);
            return List.of(new MemoryPerEntry(
                    new Dataset(ValueKind.BYTES, count, size), times, Duration.ofSeconds(plan.choose(settle, 10, 1))));
        }
    }

    /** Time to the first answer. */
    @Command(name = "start", description = "time from the start of a server, and of a client, to the first get")
    final class Start implements ScenarioCommand {
        @Option(names = "--times", description = "starts per peer (5; quick: 1)")
        @Nullable
        Integer times;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            return List.of(new StartTimes(plan.choose(times, 5, 1)));
        }
    }

    /** Puts that are logged. */
    @Command(
            name = "durable",
            description =
                    "puts on nodes that keep a log, and on Redis with its append-only file, under each sync policy")
    final class Durability implements ScenarioCommand {
        @Option(names = "--policies", split = ",", description = "ALWAYS, INTERVAL, OS (all; quick: INTERVAL)")
        @Nullable
        List<Keeping> policies;

        @Option(names = "--threads", split = ",", description = "callers (8,64; quick: 8)")
        @Nullable
        List<Integer> threads;

        @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
        int size = 100;

        @Option(names = "--keys", description = "entries (100,000; quick: 10,000)")
        @Nullable
        Integer keys;

        @Spec
        @Nullable
        CommandSpec spec;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            List<Scenario> scenarios = new ArrayList<>();
            Dataset dataset = new Dataset(ValueKind.BYTES, keys(plan, keys), size);
            for (Keeping policy : plan.choose(policies, Keeping.SYNC_POLICIES, List.of(Keeping.INTERVAL))) {
                if (!Keeping.SYNC_POLICIES.contains(policy) && spec != null) {
                    throw new ParameterException(
                            spec.commandLine(), policy + " is no sync policy; there are " + Keeping.SYNC_POLICIES);
                }
                for (int count : plan.choose(threads, List.of(8, 64), List.of(8))) {
                    scenarios.add(new Durable(
                            "durable put, " + policy.title() + ", " + count + " threads, byte[] of " + size,
                            policy,
                            new Workload(Operation.MIX, dataset, count, 0, 1),
                            plan));
                }
            }
            return scenarios;
        }
    }

    /** Time to the last entry. */
    @Command(
            name = "restart",
            description =
                    "time from the start of a server to a get of the last of its entries, from a snapshot or RDB and from a"
                            + " log or append-only file alone; bytes on disk per entry")
    final class Restarts implements ScenarioCommand {
        @Option(names = "--entries", description = "entries (1,000,000; quick: 20,000)")
        @Nullable
        Integer entries;

        @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
        int size = 100;

        @Option(names = "--times", description = "restarts per row (5; quick: 1)")
        @Nullable
        Integer times;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            int count = plan.choose(entries, 1_000_000, 20_000);
            return List.of(new Restart(new Dataset(ValueKind.BYTES, count, size), plan.choose(times, 5, 1)));
        }
    }

    /** Latency beside snapshots. */
    @Command(
            name = "snapshot-latency",
            description = "gets and puts on a full node, with and without snapshots being taken")
    final class Snapshots implements ScenarioCommand {
        @Option(names = "--entries", description = "entries (1,000,000; quick: 20,000)")
        @Nullable
        Integer entries;

        @Option(names = "--size", description = "bytes of a value (${DEFAULT-VALUE})")
        int size = 100;

        @Option(names = "--threads", description = "callers (${DEFAULT-VALUE})")
        int threads = 8;

        @Option(names = "--gets", description = "percent of calls that get, the others put (${DEFAULT-VALUE})")
        int gets = 50;

        @Option(
                names = "--rates",
                split = ",",
                description =
                        "calls a second of all callers together, counted from when they were due; 0: as fast as answers"
                                + " come (0,10000)")
        List<Integer> rates = List.of(0, 10_000);

        @Option(names = "--seconds", description = "of a slice, long enough for several snapshots (10; quick: 3)")
        @Nullable
        Integer seconds;

        @Override
        public List<Scenario> scenarios(Plan plan) {
            Plan longer = plan.withSlice(Duration.ofSeconds(plan.choose(seconds, 10, 3)));
            int count = plan.choose(entries, 1_000_000, 20_000);
            Dataset dataset = new Dataset(ValueKind.BYTES, count, size);
            return rates.stream()
                    .<Scenario>map(rate -> new SnapshotLatency(
                            String.format(
                                    Locale.ROOT,
                                    "%s, %d threads%s, %,d entries of %d B, beside snapshots",
                                    reads(gets),
                                    threads,
                                    rate == 0 ? "" : String.format(Locale.ROOT, " at %,d calls/s", rate),
                                    count,
                                    size),
                            new Workload(Operation.MIX, dataset, threads, gets, 1, rate),
                            longer))
                    .toList();
        }
    }
}
