package io.distcache.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a node process is to be started. Immutable: each {@code with} method returns another setup.
 *
 * @param commandPrefix what the JVM's command line follows, as in {@code setpriv ...}; it must put the JVM in its own place
 * @param jvmFlags flags for the JVM
 * @param port where it listens, 0 for a free one
 * @param arguments what {@code distcache server} is told besides
 * @param javaHome the JDK that runs it
 */
public record NodeSetup(
        List<String> commandPrefix, List<String> jvmFlags, int port, List<String> arguments, Path javaHome) {

    public NodeSetup {
        commandPrefix = List.copyOf(commandPrefix);
        jvmFlags = List.copyOf(jvmFlags);
        arguments = List.copyOf(arguments);
    }

    /** A node on a free port with these settings, {@code key=value} as for {@code --set}. */
    public static NodeSetup of(String... settings) {
        return new NodeSetup(List.of(), List.of(), 0, List.of(), JavaProcess.javaHome()).withSettings(settings);
    }

    /** Settings besides those there are; of two for one key the later counts. */
    public NodeSetup withSettings(String... settings) {
        List<String> added = new ArrayList<>();
        for (String setting : settings) {
            added.add("--set");
            added.add(setting);
        }
        return withArguments(added.toArray(String[]::new));
    }

    /** A node that keeps its data there. */
    public NodeSetup withDataDirectory(Path directory) {
        return withArguments("--data-dir", directory.toString());
    }

    /** Further arguments of {@code distcache server}. */
    public NodeSetup withArguments(String... more) {
        return new NodeSetup(commandPrefix, jvmFlags, port, joined(arguments, List.of(more)), javaHome);
    }

    /** Further flags of the JVM. */
    public NodeSetup withJvmFlags(String... more) {
        return new NodeSetup(commandPrefix, joined(jvmFlags, List.of(more)), port, arguments, javaHome);
    }

    /** Another port. */
    public NodeSetup withPort(int other) {
        return new NodeSetup(commandPrefix, jvmFlags, other, arguments, javaHome);
    }

    /** A command that runs the JVM in its own place. */
    public NodeSetup withCommandPrefix(String... command) {
        return new NodeSetup(List.of(command), jvmFlags, port, arguments, javaHome);
    }

    /** Another JDK. */
    public NodeSetup withJavaHome(Path other) {
        return new NodeSetup(commandPrefix, jvmFlags, port, arguments, other);
    }

    private static List<String> joined(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    /**
     * Starts the node and waits until it is ready.
     *
     * @throws IllegalStateException with all it printed, if it ends instead or does not get so far in a minute
     */
    public NodeProcess start() {
        return NodeProcess.ready(launch());
    }

    /** Starts the node without waiting for anything: for a start that is to be refused or cut short. */
    public JavaProcess launch() {
        int taken = port == 0 ? NodePorts.next() : port;
        List<String> all = new ArrayList<>(List.of("server", "--port", Integer.toString(taken)));
        all.addAll(arguments);
        return NodeProgram.start(commandPrefix, javaHome, jvmFlags, all);
    }
}
