package io.distcache.server.cli.pool;

import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache health}: how the nodes of a pool are, once or again and again. Confined to one thread. */
@Command(
        name = "health",
        description = {
            "Shows how all nodes of a pool are: asks the named nodes who is in it, and each member how it is.",
            "A node that is in no pool stands for itself.",
            "Exit code 0 if the next node may be stopped; 1 if any does not serve, cannot be reached, waits for another,",
            "keeps hints for another, or knows otherwise who is in the pool, or if a replicated pool lacks a leader."
        })
public final class HealthCommand extends Tool {
    private static final int LONGEST_WATCH_SECONDS = 60;
    private static final int HEALTH_MILLIS = 1000;
    // Nodes push while nobody reads; often enough to be fresh, seldom enough to fit into the buffers meanwhile.
    private static final int WATCHED_HEALTH_MILLIS = 250;
    private static final String CLEAR = "\u001b[2J";
    private static final String HOME_NO_WRAP = "\u001b[H\u001b[?7l";
    private static final String CLEAR_REST_OF_LINE = "\u001b[K";
    private static final String CLEAR_BELOW_WRAP = "\u001b[J\u001b[?7h";

    @Mixin
    private NodesOption nodes = new NodesOption();

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "1",
            description = "Show it again each second, or every so many, until ^C.")
    private @Nullable Integer watchSeconds;

    @Option(names = "--wide", description = "All columns, in lines of more than 120 characters.")
    private boolean wide;

    @Option(names = "--json", description = "Print one JSON object per node and line.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Integer every = watchSeconds;
        if (every != null && (every < 1 || every > LONGEST_WATCH_SECONDS)) {
            throw new WrongArgumentException("--watch is " + every + "; use 1 to " + LONGEST_WATCH_SECONDS);
        }
        List<String> asked = nodes.addresses();
        try (Nodes connections = nodes.connections(every == null ? HEALTH_MILLIS : WATCHED_HEALTH_MILLIS)) {
            PoolSight pool =
                    every == null ? PoolSight.settled(connections, asked) : PoolSight.of(connections, asked, List.of());
            boolean inPlace = every != null && !json && Boolean.getBoolean(Progress.OUT_PROPERTY);
            if (inPlace) {
                out().print(CLEAR);
            }
            print(pool, inPlace);
            while (every != null && !out().checkError()) {
                Thread.sleep(every * 1000L);
                pool = PoolSight.of(connections, asked, pool.addresses());
                if (!inPlace && !json) {
                    out().println();
                }
                print(pool, inPlace);
            }
            return pool.areAllReady() ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (InterruptedException e) {
            return ExitCode.SOFTWARE;
        }
    }

    private void print(PoolSight pool, boolean inPlace) throws IOException {
        if (json) {
            HealthJson.print(pool, out(), System.currentTimeMillis());
        } else if (inPlace) {
            StringWriter text = new StringWriter();
            new HealthText(pool, wide).print(new PrintWriter(text));
            out().print(HOME_NO_WRAP);
            text.toString().lines().forEach(line -> out().println(line + CLEAR_REST_OF_LINE));
            out().print(CLEAR_BELOW_WRAP);
        } else {
            new HealthText(pool, wide).print(out());
        }
        out().flush();
    }
}
