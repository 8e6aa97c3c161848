package io.distcache.benchmarks;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.ClientProcess;
import io.distcache.benchmarks.peer.Jvm;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The peers of one run. Each has one server and one client process that live over all rounds and scenarios: an idle peer
 * costs little, and starting it again for every slice would measure its start. Confined to the harness's thread.
 */
final class Arena implements AutoCloseable {
    /** Longest wait for an answer beyond what was asked for; loading 100,000 values of 4 KiB is well below. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private final List<Peer> peers;
    private final Plan plan;
    private final Jvm jvm;
    private final Path directory;
    private final Disk disk;
    private final Progress progress;
    private final AtomicInteger directories;
    private final Map<Peer, Contestant> running;

    Arena(List<Peer> peers, Plan plan, Jvm jvm, Path directory, Disk disk, Progress progress) {
        this(peers, plan, jvm, directory, disk, progress, new AtomicInteger(), new HashMap<>());
    }

    private Arena(
            List<Peer> peers,
            Plan plan,
            Jvm jvm,
            Path directory,
            Disk disk,
            Progress progress,
            AtomicInteger directories,
            Map<Peer, Contestant> running) {
        this.peers = peers;
        this.plan = plan;
        this.jvm = jvm;
        this.directory = directory;
        this.disk = disk;
        this.progress = progress;
        this.directories = directories;
        this.running = running;
    }

    /** An arena in the same places for other peers, which ends with the scenario that wants them; the caller closes it. */
    Arena with(List<Peer> others) {
        return new Arena(others, plan, jvm, directory, disk, progress, directories, new HashMap<>());
    }

    /** This arena for other peers, which live on for the scenarios after it and end with the run; the caller does not close it. */
    Arena among(List<Peer> others) {
        return new Arena(others, plan, jvm, directory, disk, progress, directories, running);
    }

    /** What a peer does in a scenario; what it throws ends its part in that scenario only. */
    interface Part {
        void play() throws IOException;
    }

    /** A peer's running processes. Confined to the harness's thread. */
    static final class Contestant implements AutoCloseable {
        private final Peer peer;
        private final Server server;
        private final ClientProcess client;
        private Optional<Line> opened = Optional.empty();

        private Contestant(Peer peer, Server server, ClientProcess client) {
            this.peer = peer;
            this.server = server;
            this.client = client;
        }

        Server server() {
            return server;
        }

        /** What all servers have used of all processors since their start. */
        Duration processorTimeOfServers() {
            return server.all().stream().map(Server::processorTime).reduce(Duration.ZERO, Duration::plus);
        }

        Duration processorTimeOfClient() {
            return client.processorTime();
        }

        /** Has the client opened for these values; most peers have one client for all. */
        void open(ValueKind kind) throws IOException {
            Line line = peer.client(server, kind);
            if (!opened.equals(Optional.of(line))) {
                ask(line, Duration.ZERO);
                opened = Optional.of(line);
            }
        }

        /** Has the workload's dataset in the cache. */
        void load(Workload workload, Duration working) throws IOException {
            ask(workload.describe(Line.of("load")).with("entries", 100), working);
        }

        /** Waits for the answer as long as the work takes, and then some. */
        Line ask(Line line, Duration working) throws IOException {
            return client.ask(line, working.plus(PATIENCE));
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    Plan plan() {
        return plan;
    }

    Progress progress() {
        return progress;
    }

    /** Where servers keep their entries; all else that they write lies elsewhere. */
    Disk disk() {
        return disk;
    }

    List<Peer> peers() {
        return peers;
    }

    /** All peers, in the order for this round. */
    List<Peer> inTurn(int round) {
        return inTurn(peers, round);
    }

    /** Each round begins with another one, so that none always follows the same neighbour's garbage. */
    static <T> List<T> inTurn(List<T> all, int round) {
        List<T> turned = new ArrayList<>(all);
        Collections.rotate(turned, -round);
        return turned;
    }

    /** Does this peer's part unless it failed before in this scenario. */
    void guard(Peer peer, Result result, Part part) {
        Result.Outcome outcome = result.outcome(peer.name());
        if (outcome.failure().isPresent()) {
            return;
        }
        try {
            part.play();
        } catch (IOException | RuntimeException e) {
            outcome.fail(String.valueOf(e.getMessage()));
            Contestant failed = running.remove(peer);
            if (failed != null) {
                failed.close();
            }
        }
    }

    /** The peer's processes, started if they are not running. */
    Contestant contestant(Peer peer) throws IOException {
        Contestant there = running.get(peer);
        if (there == null) {
            there = enter(peer);
            running.put(peer, there);
        }
        return there;
    }

    /** New processes, which the caller closes. */
    Contestant enter(Peer peer) throws IOException {
        Server server = peer.start(newDirectory(peer));
        return new Contestant(peer, server, ClientProcess.start(peer, jvm, newDirectory(peer)));
    }

    /** A client process that has not been told anything yet. */
    ClientProcess idleClient(Peer peer) throws IOException {
        return ClientProcess.start(peer, jvm, newDirectory(peer));
    }

    /** A client process that carries out one command and ends. */
    ClientProcess shortLivedClient(Peer peer, Line command) throws IOException {
        return ClientProcess.start(peer, jvm, newDirectory(peer), command);
    }

    Path newDirectory(Peer peer) {
        return directory.resolve(peer.name().replace(' ', '-') + "-" + directories.incrementAndGet());
    }

    @Override
    public void close() {
        running.values().forEach(Contestant::close);
    }
}
