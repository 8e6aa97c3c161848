package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.CacheDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What would block an event loop of a client is refused there at once: the loop would wait for itself, or for the other one, which may be
 * waiting for it. Callbacks of listeners, and of calls that do not wait, run on the loops.
 */
@Timeout(60)
class EventLoopIT {
    private static final long AT_ONCE_MILLIS = 1000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private ScriptedNode one;
    private ScriptedNode other;
    private DistCacheClient client;

    @BeforeEach
    void start() throws Exception {
        one = opened(new ScriptedNode());
        other = opened(new ScriptedNode());
        one.reports = true;
        other.reports = true;
        client = opened(DistCacheClient.connect(ClientConfig.parse(one.address() + "," + other.address()).toBuilder()
                .healthInterval(Duration.ofMillis(100))
                .build()));
        client.set("open", "now");
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T it) {
        opened.add(it);
        return it;
    }

    private Map<String, Runnable> waiting() {
        Map<String, Runnable> calls = new LinkedHashMap<>();
        for (String key : List.of("a", "b", "c", "d", "e", "f")) {
            calls.put("get " + key, () -> client.get(key));
            calls.put("set " + key, () -> client.set(key, "v"));
            calls.put("increment " + key, () -> client.increment("n" + key));
        }
        calls.put("gets", () -> client.gets(Set.of("a", "b", "c", "d", "e", "f")));
        calls.put("setMany", () -> client.setMany(Map.of("a", 1, "b", 2, "c", 3, "d", 4)));
        calls.put("deleteMany", () -> client.deleteMany(Set.of("a", "b", "c", "d")));
        calls.put("size", client::size);
        calls.put("clear", client::clear);
        calls.put("scan", () -> client.scan(10, entries -> {}));
        calls.put("another cache", () -> client.keyspace("default", "another").get("k"));
        calls.put(
                "another cache, later",
                () -> client.asyncKeyspace("default", "later").get("k"));
        calls.put("open", () -> client.remote().open(CacheDefinition.of("default", "opened")));
        calls.put("attach", () -> client.remote().attach("default", "attached"));
        calls.put("destroy", () -> client.destroy("default", "destroyed"));
        calls.put("caches", () -> client.remote().list("default"));
        calls.put(
                "connect",
                () -> DistCacheClient.connect(ClientConfig.parse(one.address())).close());
        return calls;
    }

    /** Runs something on the event loop that serves a further client. */
    private CompletableFuture<String> onALoop(Runnable action) {
        CompletableFuture<String> done = new CompletableFuture<>();
        AtomicBoolean once = new AtomicBoolean();
        DistCacheClient further = opened(DistCacheClient.connect(ClientConfig.parse(one.address()).toBuilder()
                .healthInterval(Duration.ofMillis(100))
                .build()));
        further.addListener(new NodeListener() {
            @Override
            public void health(NodeReport report) {
                if (once.compareAndSet(false, true)) {
                    try {
                        action.run();
                        done.complete(Thread.currentThread().getName());
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                }
            }
        });
        return done;
    }

    @Test
    void a_call_that_waits_is_refused_on_every_loop() throws Exception {
        Set<String> loops = new TreeSet<>();
        Map<String, String> wrong = new TreeMap<>();
        for (int i = 0; i < 2; i++) {
            loops.add(onALoop(() -> waiting().forEach((name, call) -> {
                        String problem = problemOf(call);
                        if (!problem.isEmpty()) {
                            wrong.put(name, problem);
                        }
                    }))
                    .get(50, TimeUnit.SECONDS));
        }
        assertThat(wrong).isEmpty();
        assertThat(loops).hasSize(Math.min(2, Runtime.getRuntime().availableProcessors()));
    }

    private static String problemOf(Runnable call) {
        long start = System.nanoTime();
        String problem = "it was not refused";
        try {
            call.run();
        } catch (IllegalStateException e) {
            problem = String.valueOf(e.getMessage()).contains("on an event loop of the client") ? "" : e.toString();
        } catch (RuntimeException e) {
            problem = e.toString();
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        return problem.isEmpty() && millis > AT_ONCE_MILLIS ? "refused after " + millis + " ms" : problem;
    }

    @Test
    void a_client_can_be_closed_on_every_loop() throws Exception {
        for (int i = 0; i < 2; i++) {
            DistCacheClient closing =
                    opened(DistCacheClient.connect(ClientConfig.parse(one.address() + "," + other.address())));
            long start = System.nanoTime();
            String unused = onALoop(closing::close).get(20, TimeUnit.SECONDS);
            assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(2 * AT_ONCE_MILLIS);
            eventually("it is closed", () -> closing.state() == NodeListener.State.CLOSED);
        }
    }

    @Test
    void calls_that_do_not_wait_work_on_every_loop() throws Exception {
        for (int i = 0; i < 2; i++) {
            List<CompletableFuture<String>> all = new ArrayList<>();
            String unused = onALoop(() -> {
                        for (String key : List.of("a", "b", "c", "d")) {
                            all.add(client.async()
                                    .set(key, "v")
                                    .thenCompose(set -> client.async().<String>get(key))
                                    .toCompletableFuture());
                        }
                    })
                    .get(20, TimeUnit.SECONDS);
            for (CompletableFuture<String> value : all) {
                assertThat(value.get(10, TimeUnit.SECONDS)).isEqualTo("v");
            }
        }
    }
}
