package io.distcache.benchmarks;

import io.distcache.benchmarks.load.Dataset;
import io.distcache.benchmarks.load.ValueKind;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.load.Workload.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A scenario's name on the command line, with its options; each gives one or more tables. */
interface ScenarioCommand {

    List<Scenario> scenarios(Plan plan);

    /** Every scenario with its default options, in the order of the report. */
    static List<ScenarioCommand> all() {
        return List.of(new Mix(), new Bean(), new Batch(), new Invoke(), new Memory(), new Start());
    }

    private static int keys(Plan plan, @Nullable Integer given) {
        return plan.choose(given, 100_000, 10_000);
    }

    private static String reads(int percent) {
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
}
