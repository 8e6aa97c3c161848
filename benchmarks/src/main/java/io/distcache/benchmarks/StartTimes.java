package io.distcache.benchmarks;

import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import io.distcache.benchmarks.peer.ClientProcess;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Server;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long until the first get is answered: by a new server, asked by a client process that has done so before; and by a
 * server that runs, asked by a new client process.
 */
record StartTimes(int rounds) implements Scenario {
    private static final Metric SERVER = new Metric("serverFirstGetMillis", "server start to first get ms", 0, true);
    private static final List<Metric> METRICS = List.of(
            new Metric("serverReadyMillis", "server start to ready ms", 0, true),
            SERVER,
            new Metric("clientMainFirstGetMillis", "client main to first get ms", 0, true),
            new Metric("clientFirstGetMillis", "client start to first get ms", 0, true));

    @Override
    public String title() {
        return "start";
    }

    /** One more round than is kept: the first one warms the old client up. */
    @Override
    public int steps(List<Peer> peers) {
        return peers.size() * (rounds + 1);
    }

    @Override
    public Result run(Arena arena) {
        Result result = new Result(title(), METRICS, Optional.of(SERVER));
        Map<Peer, ClientProcess> oldClients = new HashMap<>();
        for (int i = 0; i <= rounds; i++) {
            boolean kept = i > 0;
            for (Peer peer : arena.inTurn(i)) {
                arena.progress().step("start: " + peer.name());
                arena.guard(peer, result, () -> {
                    if (!oldClients.containsKey(peer)) {
                        oldClients.put(peer, arena.idleClient(peer));
                    }
                    Map<String, Double> metrics = start(arena, peer, oldClients.get(peer));
                    if (kept) {
                        result.outcome(peer.name()).add(metrics);
                    }
                });
            }
        }
        oldClients.values().forEach(ClientProcess::close);
        return result;
    }

    private static Map<String, Double> start(Arena arena, Peer peer, ClientProcess oldClient) throws IOException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        long serverStart = System.nanoTime();
        try (Server server = peer.start(arena.newDirectory(peer))) {
            metrics.put("serverReadyMillis", millisSince(serverStart));
            Line first = Line.of("first")
                    .withAll(peer.client(server, ValueKind.BYTES).fields());
            oldClient.ask(first, Arena.PATIENCE);
            metrics.put("serverFirstGetMillis", millisSince(serverStart));
            long clientStart = System.nanoTime();
            try (ClientProcess client = arena.shortLivedClient(peer, first)) {
                Line answer = client.answer(Arena.PATIENCE);
                metrics.put("clientMainFirstGetMillis", answer.number("nanos") / 1e6);
                metrics.put("clientFirstGetMillis", millisSince(clientStart));
            }
        }
        return metrics;
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
