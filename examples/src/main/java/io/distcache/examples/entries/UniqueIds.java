package io.distcache.examples.entries;

import io.distcache.client.DistCacheClient;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Unique ids for users, products and sessions, handed out by several servers without a duplicate: {@code UniqueIds NODES SERVER COUNT}. Each id
 * is an increment on the pool, which is made once, also if the connection is lost under it: no id is given twice. Printed one a line.
 *
 * <p>A server that needs many takes a block at a time, so that most ids cost no round trip. What is left of a block when the server ends is
 * never given: ids are unique and grow, but have gaps.
 */
public final class UniqueIds {
    private static final int THREADS = 4;
    private static final int BLOCK = 50;

    private UniqueIds() {}

    /** Ids of one kind, a block at a time. Thread-safe. */
    static final class Ids {
        private final DistCacheClient client;
        private final String counter;
        private long next;
        private long end;

        Ids(DistCacheClient client, String kind) {
            this.client = client;
            this.counter = "ids:" + kind;
        }

        synchronized long next() {
            if (next == end) {
                end = client.increment(counter, BLOCK) + 1;
                next = end - BLOCK;
            }
            return next++;
        }
    }

    /** Hands out ids on several threads. */
    public static void main(String[] args) throws InterruptedException, ExecutionException {
        String nodes = args.length > 0 ? args[0] : "127.0.0.1:2050";
        String server = args.length > 1 ? args[1] : "server-1";
        int count = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (DistCacheClient client = DistCacheClient.connect(nodes)) {
            for (String kind : List.of("user", "product")) {
                Ids ids = new Ids(client, kind);
                print(server, kind, threads, count, ids::next);
            }
            // Sessions one by one: the next number is known to all servers at once.
            print(server, "session", threads, count, () -> client.increment("ids:session"));
        } finally {
            threads.shutdown();
        }
    }

    private interface Source {
        long next();
    }

    private static void print(String server, String kind, ExecutorService threads, int count, Source ids)
            throws InterruptedException, ExecutionException {
        List<Future<Long>> given = IntStream.range(0, count)
                .mapToObj(i -> threads.submit(ids::next))
                .toList();
        Set<Long> own = new HashSet<>();
        for (Future<Long> id : given) {
            if (!own.add(id.get())) {
                throw new IllegalStateException(kind + " " + id.get() + " was given twice");
            }
            System.out.println(kind + " " + id.get() + " by " + server);
        }
    }
}
