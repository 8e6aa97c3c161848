package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.testing.JavaProcess;
import io.distcache.testing.NodeProcess;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One computation per miss, over two processes and a node in a third. */
class OncePerPoolIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int THREADS = 4;

    private NodeProcess node;

    @BeforeEach
    void start() {
        node = NodeProcess.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void callers_in_two_processes_share_one_computation() {
        try (JavaProcess first = caller("?timeout=20s");
                JavaProcess second = caller("?timeout=20s")) {
            first.tell("value");
            first.awaitLine("computes"::equals, LIMIT);
            second.tell("value");
            second.awaitLine("calling"::equals, LIMIT);
            first.tell("go");
            awaitAll(first, "got the value");
            awaitAll(second, "got the value");
            assertThat(computations(first) + computations(second)).isEqualTo(1);
        }
    }

    @Test
    void those_who_wait_in_another_process_get_the_exception() {
        try (JavaProcess first = caller("?timeout=20s");
                JavaProcess second = caller("?timeout=20s")) {
            first.tell("fail");
            first.awaitLine("computes"::equals, LIMIT);
            second.tell("fail");
            second.awaitLine("calling"::equals, LIMIT);
            awaitQueued(second);
            first.tell("go");
            awaitAll(first, "failed: " + Failing.class.getName() + ": nothing there");
            awaitAll(second, "failed: " + Failing.class.getName() + ": nothing there");
            assertThat(computations(second)).isZero();
        }
    }

    @Test
    void when_the_computing_process_is_killed_a_waiter_computes() {
        try (JavaProcess first = caller("?timeout=20s");
                JavaProcess second = caller("?timeout=20s")) {
            first.tell("value");
            first.awaitLine("computes"::equals, LIMIT);
            second.tell("value");
            second.awaitLine("calling"::equals, LIMIT);
            first.signal("KILL");
            second.awaitLine("computes"::equals, LIMIT);
            second.tell("go");
            awaitAll(second, "got the value");
            assertThat(computations(second)).isEqualTo(1);
        }
    }

    @Test
    void when_the_computation_passes_the_lease_limit_a_waiter_computes_and_both_have_their_value() {
        try (JavaProcess first = caller("?timeout=20s&lease-limit=1s");
                JavaProcess second = caller("?timeout=20s&lease-limit=20s")) {
            first.tell("value");
            first.awaitLine("computes"::equals, LIMIT);
            second.tell("value");
            second.awaitLine("computes"::equals, LIMIT);
            second.tell("go");
            awaitAll(second, "got the value");
            first.tell("go");
            awaitAll(first, "got the value");
            assertThat(computations(second)).isEqualTo(1);
        }
    }

    private static void awaitAll(JavaProcess caller, String line) {
        for (int i = 1; i <= THREADS; i++) {
            String wanted = i + " " + line;
            caller.awaitLine(wanted::equals, LIMIT);
        }
    }

    /** Its calls have reached the node: all wait for an answer, and a read that was sent after them has been answered. */
    private static void awaitQueued(JavaProcess caller) {
        caller.tell("read");
        caller.awaitLine("read"::equals, LIMIT);
    }

    private static long computations(JavaProcess caller) {
        return caller.lines().stream().filter("computes"::equals).count();
    }

    private JavaProcess caller(String options) {
        JavaProcess caller = JavaProcess.start(
                List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                Caller.class.getName(),
                List.of(node.uri("once") + options));
        caller.awaitLine("ready"::equals, LIMIT);
        return caller;
    }

    static final class Failing extends Exception {
        private static final long serialVersionUID = 1L;

        Failing(String message) {
            super(message);
        }
    }

    @ApplicationScoped
    static class Slow {
        private final java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);

        void go() {
            go.countDown();
        }

        @CacheResult(cacheName = "slow")
        public String atOnce(String key) {
            return key;
        }

        @CacheResult(cacheName = "slow")
        public String answer(String key) throws Failing, InterruptedException {
            System.out.println("computes");
            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
            if (key.equals("fail")) {
                throw new Failing("nothing there");
            }
            return "the value";
        }
    }

    /** Calls with several threads for each line but {@code go}. */
    static final class Caller {
        private static final List<Thread> CALLING = new CopyOnWriteArrayList<>();
        private static final Set<Thread.State> WAITS = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

        private Caller() {}

        public static void main(String[] arguments) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (Application application = Application.on(arguments[0], Slow.class)) {
                Slow slow = application.get(Slow.class);
                String unusedToo = slow.atOnce("opens the cache");
                System.out.println("ready");
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.equals("go")) {
                        slow.go();
                    } else if (line.equals("read")) {
                        while (CALLING.stream().anyMatch(thread -> !WAITS.contains(thread.getState()))) {
                            Thread.onSpinWait();
                        }
                        boolean unused = application.cache("slow").containsKey("other");
                        System.out.println("read");
                    } else {
                        call(slow, line);
                        System.out.println("calling");
                    }
                }
            }
        }

        private static void call(Slow slow, String key) {
            for (int i = 1; i <= THREADS; i++) {
                int number = i;
                Thread thread = new Thread(() -> {
                    try {
                        System.out.println(number + " got " + slow.answer(key));
                    } catch (Exception e) {
                        System.out.println(number + " failed: " + e);
                    }
                });
                thread.setDaemon(true);
                CALLING.add(thread);
                thread.start();
            }
        }
    }
}
