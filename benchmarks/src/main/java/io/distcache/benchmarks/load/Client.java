package io.distcache.benchmarks.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * A client process, steered by lines on standard input; it ends when that is closed.
 *
 * <pre>
 *  open    client=... ...       open the peer's client and keep it, instead of the one before
 *  load    workload entries=n   have the workload's dataset in the cache, put n per call (it stays if it is there already)
 *  run     workload millis=n    measure one slice
 *  missing samples=n            how many of n keys have no entry
 *  close                        close the client
 *  again   client=... ...       open the peer's client anew, attach to the cache that was loaded, get its last key: nanoseconds
 *  first   client=... ...       open another client, get one key, close it: nanoseconds
 * </pre>
 * Answers are lines that begin with {@link #MARK}; whatever else a peer prints is its log. With one line as the
 * argument it carries that out and ends, to measure the first answer of a fresh process.
 */
public final class Client {
    /** Begins an answer. */
    public static final String MARK = "##";

    private @Nullable Session session;
    private @Nullable Callers callers;
    private @Nullable Dataset loaded;
    private String cacheName = "";
    private int caches;

    private Client() {}

    public static void main(String[] args) throws IOException {
        long started = System.nanoTime();
        PrintStream answers = System.out;
        Client client = new Client();
        if (args.length > 0) {
            answers.println(MARK
                    + client.first(Line.parse(String.join(" ", args)), started).format());
            // Not every client's threads are daemons once its manager is closed.
            System.exit(0);
        }
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String text = commands.readLine(); text != null; text = commands.readLine()) {
            answers.println(MARK + client.answer(Line.parse(text)).format());
        }
        Runtime.getRuntime().halt(0);
    }

    private Line answer(Line line) {
        try {
            return switch (line.verb()) {
                case "open" -> open(line);
                case "load" -> load(Workload.of(line).dataset(), line.integer("entries"));
                case "run" ->
                    callers().run(Workload.of(line), line.number("millis")).describe(Line.of("done"));
                case "missing" -> Line.of("done").with("missing", callers().missing(line.integer("samples")));
                case "close" -> close();
                case "again" -> again(line);
                case "first" -> first(line, System.nanoTime());
                default -> throw new IllegalArgumentException("no command " + line.verb());
            };
        } catch (RuntimeException | LinkageError e) {
            e.printStackTrace(); // the harness keeps this stream
            return Line.of("failed").with("cause", e);
        }
    }

    private Line open(Line line) {
        close();
        loaded = null;
        cacheName = "";
        session = session(line);
        return Line.of("done");
    }

    private static Session session(Line line) {
        String client = line.text("client");
        return switch (client) {
            case "jcache" -> JCacheSession.open(line);
            case "echo" -> EchoSession.open(line);
            case "service" ->
                ServiceLoader.load(SessionFactory.class)
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("no session factory on the class path"))
                        .open(line);
            default -> throw new IllegalArgumentException("no client " + client);
        };
    }

    private Line close() {
        if (session != null) {
            session.close();
            session = null;
        }
        return Line.of("done");
    }

    private Line again(Line line) {
        close();
        Callers before = callers();
        long began = System.nanoTime();
        session = session(line);
        callers = before.on(session.attach(cacheName, before.dataset().kind()));
        callers.last();
        return Line.of("done").with("nanos", System.nanoTime() - began);
    }

    private Line load(Dataset dataset, int entries) {
        if (session == null) {
            throw new IllegalStateException("load before open");
        }
        if (!dataset.equals(loaded)) {
            if (!cacheName.isEmpty()) {
                session.destroy(cacheName);
            }
            loaded = null;
            cacheName = newCacheName();
            callers = new Callers(session.create(cacheName, dataset.kind()), dataset);
            callers.load(entries);
            loaded = dataset;
        }
        return Line.of("done");
    }

    private Callers callers() {
        if (callers == null) {
            throw new IllegalStateException("nothing is loaded");
        }
        return callers;
    }

    private Line first(Line line, long started) {
        try (Session fresh = session(line)) {
            fresh.create(newCacheName(), ValueKind.BYTES).get(Dataset.key(0));
            return Line.of("done").with("nanos", System.nanoTime() - started);
        }
    }

    /** Never used before, also not by another client of the same server. */
    private String newCacheName() {
        caches++;
        return "bench-" + ProcessHandle.current().pid() + "-" + caches;
    }
}
