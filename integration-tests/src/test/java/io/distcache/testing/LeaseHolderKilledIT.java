package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A client that stops in the middle of an entry processor holds up others for a bounded time and changes nothing. */
class LeaseHolderKilledIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long HOLDERS_VALUE = 999;

    private static NodeProcess node;

    @BeforeAll
    static void start() {
        node = NodeProcess.start();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void when_the_holder_of_an_entry_is_killed_others_go_on_at_once_and_its_change_is_not_applied() throws Exception {
        URI uri = node.uri("killed");
        try (CacheManager manager = manager(uri);
                JavaProcess holder = holder(uri)) {
            Cache<String, Long> cache = counters(manager);
            cache.put("key", 1L);
            holder.tell("hold");
            holder.awaitLine("holds 1"::equals, LIMIT);
            CompletableFuture<Long> other = incrementInTheBackground(cache);
            long start = System.nanoTime();
            holder.signal("KILL");
            assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(2);
            long millis = (System.nanoTime() - start) / 1_000_000;
            System.out.println("holder killed: another client went on after " + millis + " ms");
            assertThat(millis).isLessThan(5_000);
            assertThat(cache.get("key")).isEqualTo(2);
        }
    }

    @Test
    void when_the_holder_is_silent_others_go_on_at_the_lease_limit_and_its_late_change_is_refused() throws Exception {
        URI uri = URI.create(node.uri("silent") + "?lease-limit=1s");
        try (CacheManager manager = manager(uri);
                JavaProcess holder = holder(uri)) {
            Cache<String, Long> cache = counters(manager);
            cache.put("key", 1L);
            long start = System.nanoTime();
            holder.tell("hold");
            holder.awaitLine("holds 1"::equals, LIMIT);
            holder.pause();
            assertThat(incrementInTheBackground(cache).get(20, TimeUnit.SECONDS))
                    .isEqualTo(2);
            long millis = (System.nanoTime() - start) / 1_000_000;
            System.out.println("holder silent: another client went on after " + millis + " ms of a lease of 1000 ms");
            assertThat(millis).isBetween(900L, 3_000L);
            holder.resume();
            holder.tell("settle");
            String end = holder.awaitLine(line -> line.startsWith("ended "), LIMIT);
            assertThat(end)
                    .contains("javax.cache.CacheException", "LeaseLostException", "nothing was applied")
                    .doesNotContain("ended well");
            assertThat(cache.get("key")).isEqualTo(2);
        }
    }

    @Test
    void reads_go_on_while_an_entry_is_held() {
        URI uri = node.uri("read");
        try (CacheManager manager = manager(uri);
                JavaProcess holder = holder(uri)) {
            Cache<String, Long> cache = counters(manager);
            cache.put("key", 1L);
            holder.tell("hold");
            holder.awaitLine("holds 1"::equals, LIMIT);
            assertThat(cache.get("key")).isEqualTo(1);
            holder.tell("settle");
            holder.awaitLine("ended well"::equals, LIMIT);
            eventually(() -> assertThat(cache.get("key")).isEqualTo(HOLDERS_VALUE));
        }
    }

    private static CompletableFuture<Long> incrementInTheBackground(Cache<String, Long> cache) {
        return CompletableFuture.supplyAsync(() -> cache.invoke("key", (entry, arguments) -> {
            entry.setValue(entry.getValue() + 1);
            return entry.getValue();
        }));
    }

    private static CacheManager manager(URI uri) {
        return Caching.getCachingProvider().getCacheManager(uri, LeaseHolderKilledIT.class.getClassLoader());
    }

    private static Cache<String, Long> counters(CacheManager manager) {
        return manager.createCache(
                "counters", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
    }

    private static JavaProcess holder(URI uri) {
        JavaProcess holder = JavaProcess.start(
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                Holder.class.getName(),
                List.of(uri.toString()));
        holder.awaitLine("ready"::equals, LIMIT);
        return holder;
    }

    /** Holds an entry from the line {@code hold} to the line {@code settle} on its standard input. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (CacheManager manager = manager(URI.create(arguments[0]))) {
                Cache<String, Long> cache = counters(manager);
                System.out.println("ready");
                String unused = in.readLine();
                try {
                    cache.invoke("key", (entry, ignored) -> {
                        System.out.println("holds " + entry.getValue());
                        try {
                            String unusedToo = in.readLine();
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                        entry.setValue(HOLDERS_VALUE);
                        return null;
                    });
                    System.out.println("ended well");
                } catch (RuntimeException e) {
                    StringBuilder chain = new StringBuilder();
                    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                        chain.append(" ").append(cause);
                    }
                    System.out.println("ended" + chain);
                }
            }
        }
    }
}
