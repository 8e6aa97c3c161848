package io.distcache.examples.cdi;

import io.distcache.cdi.CacheName;
import io.distcache.cdi.NodeStateChanged;
import io.distcache.cdi.OutageCounter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * Annotated methods on a CDI container, with caches on the node that {@code distcache.uri} names, and an expensive query as their
 * subject. Says what was saved, and compares what it sees with what it should. Exit code 0 only if all was as it should.
 */
@ApplicationScoped
class CachedQueries {
    private static final int CALLS = 1000;
    private static final int THREADS = 8;

    private final CountDownLatch connected = new CountDownLatch(1);
    private int checked;
    private int wrong;

    @Inject
    Reports reports;

    @Inject
    Orders orders;

    @Inject
    @CacheName("reports")
    Cache<GeneratedCacheKey, Report> cache;

    @Inject
    OutageCounter outages;

    /** Runs it in a container and exits with its code. */
    public static void main(String[] arguments) {
        int code;
        try (SeContainer container = SeContainerInitializer.newInstance().initialize()) {
            code = container.select(CachedQueries.class).get().run();
        }
        System.exit(code);
    }

    void hear(@Observes NodeStateChanged change) {
        if (change.state() == NodeStateChanged.State.HEALTHY) {
            connected.countDown();
        }
    }

    int run() {
        try {
            reports.startAfresh();
            cache.getCacheManager().destroyCache("unknown-products");
            skewed();
            changed();
            failing();
            together();
            check("the node's state was heard as an event", true, connected.await(10, TimeUnit.SECONDS));
            check("calls that had to do without the cache", 0L, outages.count());
        } catch (CacheException | ExecutionException e) {
            System.out.println("FAILED: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
        System.out.println(
                wrong == 0
                        ? "All " + checked + " answers were as they should."
                        : "FAILED: " + wrong + " of " + checked + " answers were wrong.");
        return wrong == 0 ? 0 : 1;
    }

    /** 80 % of the calls ask for 20 % of the products. */
    private void skewed() {
        System.out.println("\n" + CALLS + " calls, 80 % of them for 20 % of " + Orders.PRODUCTS + " products");
        long begun = System.nanoTime();
        Report once = reports.of(0);
        double queryMillis = (System.nanoTime() - begun) / 1e6;
        int before = orders.queries();
        Random random = new Random(1);
        long start = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            int product = random.nextInt(100) < 80
                    ? random.nextInt(Orders.PRODUCTS / 5)
                    : random.nextInt(Orders.PRODUCTS / 5, Orders.PRODUCTS);
            Report report = reports.of(product);
            if (report.product() != product) {
                wrong++;
            }
        }
        double millis = (System.nanoTime() - start) / 1e6;
        int ran = orders.queries() - before;
        check("the first report again", once, reports.of(0));
        check("fewer queries than products ran", true, ran < Orders.PRODUCTS);
        System.out.printf(
                "  %d queries ran and %d were saved; %.0f ms instead of about %.0f ms%n",
                ran, CALLS - ran, millis, CALLS * queryMillis);
    }

    private void changed() throws InterruptedException, ExecutionException {
        System.out.println("\nChanges");
        Report corrected = new Report(1, 42);
        reports.correct(1, corrected);
        check("after @CachePut the report is", corrected, reports.of(1));
        check(
                "an asynchronous method finds",
                corrected,
                reports.later(1).toCompletableFuture().get());
        reports.ordered(1);
        check("after @CacheRemove it is computed again", true, reports.of(1).revenue() != 42);
        check("the injected cache holds more than one", true, cache.iterator().hasNext());
    }

    private void failing() {
        System.out.println("\nA query that fails");
        int before = orders.queries();
        for (int call = 0; call < 3; call++) {
            try {
                Report unused = reports.of(Orders.PRODUCTS);
                wrong++;
            } catch (IllegalArgumentException e) {
                System.out.println("  " + e.getMessage());
            }
        }
        check("three calls ran so many queries", 1, orders.queries() - before);
    }

    private void together() throws InterruptedException, ExecutionException {
        System.out.println("\n" + THREADS + " threads miss the same report at the same time");
        reports.startAfresh();
        int before = orders.queries();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Report>> running = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                running.add(threads.submit(() -> reports.of(7)));
            }
            for (Future<Report> report : running) {
                if (report.get().product() != 7) {
                    wrong++;
                }
            }
        } finally {
            threads.shutdown();
        }
        check("they ran so many queries", 1, orders.queries() - before);
    }

    private void check(String what, @Nullable Object expected, @Nullable Object seen) {
        checked++;
        System.out.println("  " + what + ": " + seen);
        if (!Objects.equals(expected, seen)) {
            wrong++;
            System.out.println("  WRONG: it should be: " + expected);
        }
    }
}
