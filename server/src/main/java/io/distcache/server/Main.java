package io.distcache.server;

import io.distcache.protocol.OneLine;
import io.distcache.server.cli.ToolFailures;
import io.distcache.server.cli.data.BackupCommand;
import io.distcache.server.cli.data.LogCommand;
import io.distcache.server.cli.data.RestoreCommand;
import io.distcache.server.cli.data.SnapshotCommand;
import io.distcache.server.cli.pool.HealthCommand;
import io.distcache.server.cli.pool.PoolCommand;
import io.distcache.server.cli.pool.ResumeCommand;
import io.distcache.server.cli.secure.SecureCommand;
import io.distcache.server.cli.tls.TlsCommand;
import io.distcache.server.cli.user.UserCommand;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.FileFailure;
import io.distcache.server.node.Memberships;
import io.distcache.server.node.Node;
import io.distcache.server.node.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/**
 * The command line: {@code server} runs a node, the others are tools for its data, health and pool. Exit codes: 0
 * done, 1 failed, 2 wrong usage or setting, 3 damaged data, 4 stopped and not all kept. Confined to one thread.
 */
@Command(
        name = "distcache",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "A distributed in-memory cache and database for the JVM.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Callable<Integer> {

    /** Of the JDK: whether a client of TLS 1.2 that asks to negotiate anew is refused. */
    private static final String RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private static final String ENGINE_LOG = "org.slf4j.simpleLogger.log.io.microraft";

    /** Exit code of a node that stopped, and could not bring to disk all that it wanted to. */
    static final int NOT_ALL_KEPT = 4;

    /** By name, in the order of the help. */
    private static final Map<String, Class<?>> COMMANDS = commands();

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    /** Runs the command line and exits with its code. */
    public static void main(String[] args) {
        // A client that connects while the node stops is refused there with a stack trace nobody can use.
        System.setProperty("org.slf4j.simpleLogger.log.io.netty.bootstrap.ServerBootstrap", "error");
        // Each election of each group, in the engine's words.
        if (System.getProperty(ENGINE_LOG) == null) {
            System.setProperty(ENGINE_LOG, "error");
        }
        // The HTTP port is Vert.x's; at the others TlsHandler sees to it.
        if (System.getProperty(RENEGOTIATION) == null) {
            System.setProperty(RENEGOTIATION, "true");
        }
        System.exit(commandLine(args).execute(args));
    }

    /**
     * What executes these arguments in this process. Only the command that the first of them names is looked at, if it names one: to read the
     * options of all by reflection takes a tenth of a node's start.
     */
    public static CommandLine commandLine(String... args) {
        Class<?> named = args.length == 0 ? null : COMMANDS.get(args[0]);
        CommandLine all = new CommandLine(new Main());
        (named == null ? COMMANDS.values() : List.of(named)).forEach(all::addSubcommand);
        return all.setParameterExceptionHandler(Main::refuseUsage).setExecutionExceptionHandler(new ToolFailures());
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> all = new LinkedHashMap<>();
        all.put("server", Server.class);
        all.put("log", LogCommand.class);
        all.put("snapshot", SnapshotCommand.class);
        all.put("backup", BackupCommand.class);
        all.put("restore", RestoreCommand.class);
        all.put("resume", ResumeCommand.class);
        all.put("health", HealthCommand.class);
        all.put("pool", PoolCommand.class);
        all.put("user", UserCommand.class);
        all.put("tls", TlsCommand.class);
        all.put("secure", SecureCommand.class);
        return all;
    }

    private static int refuseUsage(CommandLine.ParameterException wrong, String[] args) {
        PrintWriter err = wrong.getCommandLine().getErr();
        err.println("distcache: " + UsageMessage.of(wrong, args) + "; see --help");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(System.out);
        }
        return CommandLine.ExitCode.USAGE;
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"DistCache " + (version == null ? "(not built into a jar)" : version)};
        }
    }

    /** {@code distcache server}: runs a node until it is told to stop. */
    @Command(
            name = "server",
            mixinStandardHelpOptions = true,
            description = {
                "Runs a node until SIGTERM or SIGINT.",
                "Prints one line when it is ready: ready HOST:PORT ...",
                "Exit code 2 if the port or the data directory is taken or a setting is wrong,",
                "3 if the data is damaged: the message says where, and how to look at it;",
                "4 if it stopped and could not write all it wanted to: the message says what that means."
            })
    static final class Server implements Callable<Integer> {
        private static final int ANSWER_MILLIS = 100;

        @Option(names = "--bind", paramLabel = "ADDRESS", description = "Address to listen on (server.bind).")
        private @Nullable String bind;

        @Option(names = "--port", paramLabel = "N", description = "Port; 0 takes any free one (server.port).")
        private @Nullable Integer port;

        @Option(
                names = "--resp-port",
                paramLabel = "N",
                description = "Port for clients of Redis; 0 takes any free one (resp.port).")
        private @Nullable Integer respPort;

        @Option(
                names = "--memcached-port",
                paramLabel = "N",
                description = "Port for clients of memcached; 0 takes any free one (memcached.port).")
        private @Nullable Integer memcachedPort;

        @Option(
                names = "--data-dir",
                paramLabel = "DIR",
                description = "Keep the data here: a log and snapshots (node.data-dir). Without it, in memory only.")
        private @Nullable Path dataDir;

        @Option(
                names = "--recover",
                paramLabel = "snapshot|log",
                description =
                        "Start from the newest snapshot and the log after it, or from the whole log (node.recover).")
        private @Nullable String recover;

        @Option(names = "--config", paramLabel = "FILE", description = "Properties file with settings.")
        private @Nullable Path config;

        @Option(
                names = "--set",
                paramLabel = "KEY=VALUE",
                description = "One setting; may be given many times. Wins over --config.")
        private Map<String, String> settings = new TreeMap<>();

        @Option(names = "--print-config", description = "Show all settings, their values and sources, and exit.")
        private boolean printConfig;

        /** The node that runs; guarded by this object. */
        private @Nullable Node running;

        private boolean stopped;

        @Override
        public Integer call() throws InterruptedException {
            ConfigReader reader;
            try {
                reader = reader();
                ServerConfig read = reader.read();
                if (printConfig) {
                    System.out.print(reader.print());
                    return CommandLine.ExitCode.OK;
                }
                return run(read, reader);
            } catch (IllegalArgumentException e) {
                System.err.println("distcache: " + OneLine.of(String.valueOf(e.getMessage())));
                return CommandLine.ExitCode.USAGE;
            }
        }

        /** Runs one node after another in this process: one that becomes a member of a replicated pool starts anew. Returns if that fails. */
        private int run(ServerConfig first, ConfigReader reader) throws InterruptedException {
            ServerConfig config = first;
            while (true) {
                Semaphore startAnew = new Semaphore(0);
                long began = System.nanoTime();
                Node node = null;
                String address;
                String loaded;
                try {
                    node = new Node(config, NodeClock.system(), new Memberships(startAnew::release));
                    address = node.listen();
                    loaded = node.load(new StartProgress()::show);
                } catch (IllegalArgumentException | StartException e) {
                    System.err.println("distcache: " + OneLine.of(String.valueOf(e.getMessage())));
                    close(node);
                    return e.getCause() instanceof DamagedException ? ToolFailures.DAMAGED : CommandLine.ExitCode.USAGE;
                } catch (IOException e) {
                    System.err.println("distcache: " + OneLine.of(FileFailure.text(e)));
                    close(node);
                    return ToolFailures.DAMAGED;
                }
                if (!loaded.isEmpty()) {
                    System.out.println(loaded);
                }
                runs(node);
                System.out.println(ready(node, address, (System.nanoTime() - began) / 1_000_000));
                System.out.flush();
                startAnew.acquire();
                // The answer to who asked for it is on its way.
                Thread.sleep(ANSWER_MILLIS);
                if (!closeToStartAnew(node)) {
                    new CountDownLatch(1).await();
                }
                reader.set("server.port", address.substring(address.lastIndexOf(':') + 1), "the port it had");
                config = reader.read();
            }
        }

        private static String ready(Node node, String address, long millis) {
            return "ready " + address + " pid=" + ProcessHandle.current().pid() + " max-bytes="
                    + node.health().maxBytes() + (node.httpPort() < 0 ? "" : " http=" + node.httpPort())
                    + (node.respPort() < 0 ? "" : " resp=" + node.respPort())
                    + (node.memcachedPort() < 0 ? "" : " memcached=" + node.memcachedPort()) + " in " + millis + " ms";
        }

        /** From now on a signal stops this one. */
        private synchronized void runs(Node node) {
            boolean isFirst = running == null;
            running = node;
            if (isFirst) {
                // Only a signal comes here, and the JVM would make an exit code like 143 of it; a node told to stop has
                // done so.
                Runtime.getRuntime()
                        .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(stopRunning())));
            }
        }

        private synchronized int stopRunning() {
            stopped = true;
            Node node = running;
            return node == null ? CommandLine.ExitCode.OK : stop(node);
        }

        /** Whether the node was closed, and another may take its place. */
        private synchronized boolean closeToStartAnew(Node node) {
            if (!stopped) {
                node.close();
            }
            return !stopped;
        }

        /** Stops a node that was told to; returns the exit code. */
        private static int stop(Node node) {
            try {
                node.close();
            } catch (RuntimeException | Error e) {
                System.err.println("distcache: the node did not stop as it should: " + e);
                return CommandLine.ExitCode.SOFTWARE;
            }
            String unkept = node.unkept();
            if (unkept == null) {
                return CommandLine.ExitCode.OK;
            }
            System.err.println("distcache: " + unkept);
            return NOT_ALL_KEPT;
        }

        private static void close(@Nullable Node node) {
            if (node != null) {
                node.close();
            }
        }

        private ConfigReader reader() {
            ConfigReader reader = new ConfigReader();
            if (config != null) {
                reader.file(config);
            }
            settings.forEach((key, value) -> reader.set(key, value, "--set"));
            if (dataDir != null) {
                reader.set("node.data-dir", dataDir.toString(), "--data-dir");
            }
            if (recover != null) {
                reader.set("node.recover", recover, "--recover");
            }
            if (bind != null) {
                reader.set("server.bind", bind, "--bind");
            }
            if (port != null) {
                reader.set("server.port", port.toString(), "--port");
            }
            if (memcachedPort != null) {
                reader.set("memcached.port", memcachedPort.toString(), "--memcached-port");
            }
            if (respPort != null) {
                reader.set("resp.port", respPort.toString(), "--resp-port");
            }
            return reader;
        }
    }
}
