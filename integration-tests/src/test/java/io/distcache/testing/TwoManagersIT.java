package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two managers with the same URI, in two processes, have the same caches. */
class TwoManagersIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final javax.cache.expiry.Duration SHORT =
            new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, 200);

    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static NodeProcess node;

    private CacheManager manager;
    private JavaProcess other;

    @BeforeAll
    static void startNode() {
        node = NodeProcess.start("lease.listener-limit=2s");
    }

    @AfterAll
    static void stopNode() {
        node.close();
    }

    @BeforeEach
    void start() {
        URI uri = node.uri("shared-" + NAMESPACES.incrementAndGet());
        manager = manager(uri);
        other = JavaProcess.start(
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                Other.class.getName(),
                List.of(uri.toString()));
        other.awaitLine("ready"::equals, LIMIT);
    }

    @AfterEach
    void stop() {
        other.close();
        manager.close();
    }

    @Test
    void creating_a_cache_that_exists_with_the_same_definition_attaches_to_it() {
        Cache<Integer, String> cache = manager.createCache("same", definition());
        cache.put(1, "from here");
        assertThat(ask("create same")).isEqualTo("created same");
        assertThat(ask("get same 1")).isEqualTo("got from here");
        assertThat(ask("put same 2")).isEqualTo("put 2");
        assertThat(cache.get(2)).isEqualTo("value 2");
    }

    @Test
    void creating_a_cache_that_exists_with_another_definition_is_refused_by_name_and_difference() {
        assertThat(ask("create short-lived")).isEqualTo("created short-lived");
        assertThatThrownBy(() -> manager.createCache("short-lived", definition()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("short-lived")
                .hasMessageContaining("expiry")
                .hasMessageContaining("200");
        assertThatThrownBy(() -> manager.createCache(
                        "short-lived",
                        new MutableConfiguration<Integer, Long>()
                                .setTypes(Integer.class, Long.class)
                                .setExpiryPolicyFactory((Factory<ExpiryPolicy>) () -> new CreatedExpiryPolicy(SHORT))))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("short-lived")
                .hasMessageContaining("java.lang.Long")
                .hasMessageContaining("java.lang.String");
    }

    @Test
    void getting_a_cache_that_another_process_created_attaches_to_it() {
        assertThat(manager.<Integer, String>getCache("theirs")).isNull();
        assertThat(ask("create theirs")).isEqualTo("created theirs");
        assertThat(ask("put theirs 7")).isEqualTo("put 7");
        assertThat(manager.getCache("theirs", Integer.class, String.class).get(7))
                .isEqualTo("value 7");
    }

    @Test
    void a_cache_destroyed_in_one_process_is_closed_in_the_other_with_a_clear_message() {
        Cache<Integer, String> cache = manager.createCache("doomed", definition());
        cache.put(1, "here");
        assertThat(ask("destroy doomed")).isEqualTo("destroyed doomed");
        assertThatThrownBy(() -> cache.get(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("doomed")
                .hasMessageContaining("destroyed");
        assertThatThrownBy(() -> cache.put(1, "again")).isInstanceOf(IllegalStateException.class);
        assertThat(cache.isClosed()).isTrue();
        assertThat(manager.getCacheNames()).isEmpty();
        Cache<Integer, String> again = manager.createCache("doomed", definition());
        assertThat(again.get(1)).isNull();
    }

    @Test
    void a_synchronous_listener_in_another_process_has_run_before_put_returns() {
        Cache<Integer, String> cache = manager.createCache("watched", definition());
        assertThat(ask("listen watched sync")).isEqualTo("listens watched");
        for (int key = 1; key <= 200; key++) {
            cache.put(key, "value");
            // Asked for on another thread there than the listener's, and so not merely behind it in a queue.
            assertThat(ask("heard watched")).isEqualTo("heard " + key);
        }
    }

    @Test
    void an_asynchronous_listener_in_another_process_gets_all_events_of_an_entry_in_order() {
        Cache<Integer, String> cache = manager.createCache("followed", definition());
        assertThat(ask("listen followed async")).isEqualTo("listens followed");
        List<String> expected = new ArrayList<>();
        cache.put(1, "0");
        expected.add("event CREATED 1 null 0");
        for (int i = 1; i < 1000; i++) {
            cache.put(1, Integer.toString(i));
            expected.add("event UPDATED 1 " + (i - 1) + " " + i);
        }
        cache.remove(1);
        expected.add("event REMOVED 1 999 999");
        eventually(() -> assertThat(heard()).hasSameSizeAs(expected));
        assertThat(heard()).isEqualTo(expected);
    }

    @Test
    void an_entry_expires_with_its_event_although_nobody_reads() {
        assertThat(ask("create short-lived")).isEqualTo("created short-lived");
        assertThat(ask("listen short-lived async")).isEqualTo("listens short-lived");
        Cache<Integer, String> cache = manager.getCache("short-lived", Integer.class, String.class);
        long start = System.nanoTime();
        cache.put(1, "soon gone");
        eventually(() -> assertThat(heard())
                .containsExactly("event CREATED 1 null soon gone", "event EXPIRED 1 soon gone soon gone"));
        System.out.println("expiry event of a 200 ms entry heard elsewhere after "
                + (System.nanoTime() - start) / 1_000_000 + " ms");
    }

    @Test
    void a_killed_listener_holds_up_a_writer_no_longer_than_its_connection_lives() {
        Cache<Integer, String> cache = manager.createCache("watched", definition());
        assertThat(ask("listen watched sync")).isEqualTo("listens watched");
        other.close();
        long start = System.nanoTime();
        cache.put(1, "value");
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println("put beside a killed synchronous listener took " + millis + " ms");
        assertThat(millis).isLessThan(2_500);
    }

    @Test
    void a_silent_listener_holds_up_a_writer_no_longer_than_the_listener_limit() {
        Cache<Integer, String> cache = manager.createCache("watched", definition());
        assertThat(ask("listen watched sync")).isEqualTo("listens watched");
        other.pause();
        long start = System.nanoTime();
        cache.put(1, "value");
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println("put beside a stopped synchronous listener took " + millis + " ms, the limit is 2000 ms");
        assertThat(millis).isBetween(1_900L, 4_000L);
        assertThat(cache.get(1)).isEqualTo("value");
    }

    private String ask(String question) {
        int seen = other.lines().size();
        other.tell(question);
        eventually(() -> assertThat(answers(seen)).isNotEmpty());
        return answers(seen).get(0);
    }

    private List<String> answers(int from) {
        List<String> lines = List.copyOf(other.lines());
        return lines.subList(from, lines.size()).stream()
                .filter(line -> line.startsWith("answer "))
                .map(line -> line.substring("answer ".length()))
                .toList();
    }

    private List<String> heard() {
        return other.lines().stream().filter(line -> line.startsWith("event ")).toList();
    }

    private static CacheManager manager(URI uri) {
        return Caching.getCachingProvider().getCacheManager(uri, TwoManagersIT.class.getClassLoader());
    }

    private static MutableConfiguration<Integer, String> definition() {
        return new MutableConfiguration<Integer, String>().setTypes(Integer.class, String.class);
    }

    /** The other process: does what its standard input says and answers each line. */
    static final class Other {
        private static final AtomicInteger HEARD = new AtomicInteger();

        private Other() {}

        public static void main(String[] arguments) throws Exception {
            CacheManager manager = manager(URI.create(arguments[0]));
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println("answer " + answer(manager, line.split(" ", -1)));
            }
        }

        private static String answer(CacheManager manager, String[] words) {
            String name = words[1];
            switch (words[0]) {
                case "create" -> {
                    MutableConfiguration<Integer, String> definition = definition();
                    if (name.equals("short-lived")) {
                        definition.setExpiryPolicyFactory((Factory<ExpiryPolicy>) () -> new CreatedExpiryPolicy(SHORT));
                    }
                    return "created " + manager.createCache(name, definition).getName();
                }
                case "get" -> {
                    return "got " + manager.<Integer, String>getCache(name).get(Integer.valueOf(words[2]));
                }
                case "put" -> {
                    manager.<Integer, String>getCache(name).put(Integer.valueOf(words[2]), "value " + words[2]);
                    return "put " + words[2];
                }
                case "destroy" -> {
                    manager.destroyCache(name);
                    return "destroyed " + name;
                }
                case "listen" -> {
                    manager.<Integer, String>getCache(name)
                            .registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(
                                    (Factory<Listener>) Listener::new, null, true, words[2].equals("sync")));
                    return "listens " + name;
                }
                case "heard" -> {
                    return "heard " + HEARD;
                }
                default -> throw new IllegalArgumentException(words[0]);
            }
        }
    }

    /** Prints each event. */
    static final class Listener
            implements CacheEntryCreatedListener<Integer, String>,
                    CacheEntryUpdatedListener<Integer, String>,
                    CacheEntryRemovedListener<Integer, String>,
                    CacheEntryExpiredListener<Integer, String> {
        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
            print(events);
        }

        @Override
        public void onUpdated(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
            print(events);
        }

        @Override
        public void onRemoved(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
            print(events);
        }

        @Override
        public void onExpired(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
            print(events);
        }

        private static void print(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
            for (CacheEntryEvent<? extends Integer, ? extends String> event : events) {
                Other.HEARD.incrementAndGet();
                System.out.println("event " + event.getEventType() + " " + event.getKey() + " " + event.getOldValue()
                        + " " + event.getValue());
            }
        }
    }
}
