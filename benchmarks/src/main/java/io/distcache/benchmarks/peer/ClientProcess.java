package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Client;
import io.distcache.benchmarks.load.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A client process of one peer, steered by lines. Confined to the harness's thread. */
public final class ClientProcess implements AutoCloseable {
    private static final Pattern ANSWER = Pattern.compile("^" + Client.MARK + "(?<answer>.*)");

    private final Child child;

    private ClientProcess(Child child) {
        this.child = child;
    }

    /** Starts a process that waits for commands. */
    public static ClientProcess start(Peer peer, Jvm jvm, Path directory) throws IOException {
        return start(peer, jvm, directory, List.of());
    }

    /** Starts a process that carries out {@code command} at once. */
    public static ClientProcess start(Peer peer, Jvm jvm, Path directory, Line command) throws IOException {
        return start(peer, jvm, directory, List.of(command.format().split(" ", -1)));
    }

    private static ClientProcess start(Peer peer, Jvm jvm, Path directory, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(jvm.clientCommand(peer.clientFlags(), peer.clientClassPath()));
        command.add(Client.class.getName());
        command.addAll(arguments);
        return new ClientProcess(Child.start(peer.name() + "-client", directory, command, ANSWER, false));
    }

    /** Says a line and waits for the answer to it. */
    public Line ask(Line line, Duration timeout) throws IOException {
        child.say(line.format());
        return answer(timeout);
    }

    public Line answer(Duration timeout) throws IOException {
        Line answer = Line.parse(child.await(ANSWER, timeout).group("answer"));
        if (answer.verb().equals("failed")) {
            throw new IOException(answer.text("cause"));
        }
        return answer;
    }

    /** What it has used of all processors since its start. */
    public Duration processorTime() {
        return child.processorTime();
    }

    @Override
    public void close() {
        child.close();
    }
}
