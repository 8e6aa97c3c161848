package io.distcache.examples.pool;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;

/**
 * Makes a replicated pool of three nodes, writes to it through JCache, kills -9 the node that leads the hottest key, and says what the
 * application noticed; starts the node again, and compares what is there with what was acknowledged. Exit code 0 only if no call failed
 * and nothing was lost. Its arguments are how {@code bin/distcache} is called. Confined to one thread.
 */
public final class LostLeader {
    private static final int LOAD_MILLIS = 3000;
    private static final int CATCH_UP_TRIES = 60;
    private static final int CATCH_UP_PAUSE_MILLIS = 500;

    private final Nodes nodes;

    private LostLeader(Nodes nodes) {
        this.nodes = nodes;
    }

    /** Runs it and exits with its code. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.out.println("FAILED: tell how to run distcache, as in: bin/distcache");
            System.exit(2);
        }
        int code = 1;
        title("Three nodes, each in a process of its own");
        try (Nodes nodes = new Nodes(List.of(args))) {
            code = new LostLeader(nodes).run();
        } catch (IOException | CacheException | IllegalStateException e) {
            System.out.println("FAILED: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.println();
        System.out.println("The nodes have stopped, and their directories are gone.");
        System.exit(code);
    }

    private int run() throws IOException, InterruptedException {
        List<String> members = new ArrayList<>();
        for (int node = 0; node < Nodes.COUNT; node++) {
            say("%s at %s, pid %d", nodes.name(node), nodes.address(node), nodes.pid(node));
            members.add(nodes.name(node) + "=" + nodes.address(node));
        }
        create(members);
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager(uri(), null)) {
            return writeAndKill(new Traffic(manager));
        }
    }

    private URI uri() {
        List<String> addresses = new ArrayList<>();
        for (int node = 0; node < Nodes.COUNT; node++) {
            addresses.add(nodes.address(node));
        }
        // A machine that is busy with other things may be slow.
        return URI.create("distcache://" + String.join(",", addresses) + "/demo?timeout=10s&connect-timeout=10s");
    }

    private void create(List<String> members) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("pool", "create", "--replicas", "" + Nodes.COUNT));
        command.addAll(members);
        title("distcache " + String.join(" ", command));
        Nodes.Ended made = nodes.run(command.toArray(String[]::new));
        made.lines().forEach(line -> say("%s", line));
        if (made.code() != 0) {
            throw new IOException("pool create ended with " + made.code());
        }
    }

    private int writeAndKill(Traffic traffic) throws IOException, InterruptedException {
        title(Traffic.THREADS + " threads write through JCache: invoke counts one counter, put adds entries");
        traffic.start();
        Thread.sleep(LOAD_MILLIS);
        int leader = leader();
        say(
                "%,d increments and %,d puts so far; %s leads the counter's group",
                traffic.increments(), traffic.puts(), nodes.name(leader));

        title("kill -9 " + nodes.pid(leader) + ", which is " + nodes.name(leader) + ", while they write");
        traffic.measureAnew();
        nodes.kill(leader);
        Thread.sleep(LOAD_MILLIS);
        say(
                "nobody could count for %,d ms, and then %s led; the longest call took %,d ms",
                traffic.longestPauseMillis(), nodes.name(leader()), traffic.longestCallMillis());
        say("failed calls: %,d", traffic.failed());

        title(nodes.name(leader) + " starts again, while they write");
        nodes.startAgain(leader);
        boolean isWell = awaitWell(leader);
        say("from the kill until now nobody could count for %,d ms at most", traffic.longestPauseMillis());
        traffic.stop();

        title("What was acknowledged, and what is there");
        return isRight(traffic) && isWell ? 0 : 1;
    }

    /** Who leads the group of the hot counter. */
    private int leader() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("pool", "status", "--key", Traffic.HOT_KEY, "--node"));
        List<String> addresses = new ArrayList<>();
        for (int node = 0; node < Nodes.COUNT; node++) {
            addresses.add(nodes.address(node));
        }
        command.add(String.join(",", addresses));
        List<String> lines = nodes.run(command.toArray(String[]::new)).lines();
        for (String line : lines) {
            for (int node = 0; node < Nodes.COUNT; node++) {
                if (line.startsWith("key " + Traffic.HOT_KEY + " ") && line.endsWith(nodes.name(node) + " leads")) {
                    return node;
                }
            }
        }
        throw new IOException("nobody leads the counter's group: " + String.join("\n", lines));
    }

    private boolean awaitWell(int node) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Nodes.Ended status = nodes.run("pool", "status", "--node", nodes.address(node));
        for (int tries = 0; status.code() != 0 && tries < CATCH_UP_TRIES; tries++) {
            Thread.sleep(CATCH_UP_PAUSE_MILLIS);
            status = nodes.run("pool", "status", "--node", nodes.address(node));
        }
        say("distcache pool status, %,d ms after it was ready:", (System.nanoTime() - began) / 1_000_000);
        status.lines().forEach(line -> say("  %s", line));
        return status.code() == 0;
    }

    private static boolean isRight(Traffic traffic) {
        long counter = traffic.counter();
        long lostIncrements = Math.max(0, traffic.increments() - counter);
        long twice = Math.max(0, counter - traffic.increments() - traffic.failed());
        long lostPuts = traffic.lostPuts();
        say(
                "increments: %,d acknowledged, the counter is %,d: %,d lost, %,d made twice",
                traffic.increments(), counter, lostIncrements, twice);
        say("puts: %,d acknowledged: %,d lost", traffic.puts(), lostPuts);
        say("failed calls: %,d", traffic.failed());
        boolean isRight = lostIncrements == 0 && twice == 0 && lostPuts == 0 && traffic.failed() == 0;
        if (!traffic.firstFailure().isEmpty()) {
            say("the first that failed: %s", traffic.firstFailure());
        }
        say("%s", isRight ? "All is as it should be." : "WRONG: nothing should be lost, and no call fail.");
        return isRight;
    }

    private static void title(String text) {
        System.out.println();
        System.out.println(text);
    }

    private static void say(String format, Object... values) {
        System.out.println("  " + String.format(Locale.ROOT, format, values));
    }
}
