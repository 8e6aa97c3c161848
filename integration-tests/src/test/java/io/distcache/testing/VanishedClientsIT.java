package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients on a machine that vanishes without a word: nothing of them arrives any more, also no end of their connections. What they held is
 * free when {@code server.peer-timeout} has passed, and not only at the limits for clients that are slow, which are set far away here. The
 * machine is a network namespace, whose cable is pulled at the far end.
 */
@Timeout(120)
class VanishedClientsIT {
    private static final Pattern READY = Pattern.compile("ready \\S+:(\\d+) .*\\bresp=(\\d+).*");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** {@code server.peer-timeout}. Each of the cases without it takes 30 s at the least. */
    private static final String PEER_TIMEOUT = System.getProperty("distcache.testing.peer-timeout", "4s");

    /** Longer than a client that has vanished keeps its connection. */
    private static final long QUIET_NANOS = 8_000_000_000L;

    private static final long BOUND_MILLIS = 12_000;
    private static final int BIG = 1 << 20;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private PoolNetwork network;
    private int port;
    private int respPort;
    private CacheManager manager;

    @BeforeEach
    void start() {
        network = PoolNetwork.of(1);
        JavaProcess node = opened(NodeSetup.of(
                        "server.bind=0.0.0.0",
                        "server.allow-open-access=true",
                        "server.allow-plaintext=true",
                        "server.peer-timeout=" + PEER_TIMEOUT,
                        "lease.max-duration=60s",
                        "lease.listener-limit=60s")
                .withArguments("--resp-port", "0")
                .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1")
                .launch());
        Matcher ready = READY.matcher(node.awaitLine(line -> line.startsWith("ready "), LIMIT));
        assertThat(ready.matches()).isTrue();
        port = Integer.parseInt(ready.group(1));
        respPort = Integer.parseInt(ready.group(2));
        manager = opened(Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://127.0.0.1:" + port + "/default?lease-limit=60s"),
                        VanishedClientsIT.class.getClassLoader()));
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        network.close();
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    /** A process on the machine that will vanish. */
    private JavaProcess there(Class<?> main, String... arguments) {
        JavaProcess process = opened(JavaProcess.startBy(
                List.of(network.inside(0)),
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                main.getName(),
                List.of(arguments)));
        process.awaitLine("ready"::equals, LIMIT);
        return process;
    }

    private String uri() {
        return "distcache://" + PoolNetwork.HERE + ":" + port + "/default?lease-limit=60s";
    }

    private long vanish() {
        network.partition(0, true);
        return System.nanoTime();
    }

    private static void assertInTime(String what, long since) {
        long millis = (System.nanoTime() - since) / 1_000_000;
        System.out.println("vanished client: " + what + " after " + millis + " ms");
        assertThat(millis).as(what).isLessThan(BOUND_MILLIS);
    }

    @Test
    void the_entry_that_it_held_is_another_s() throws Exception {
        Cache<String, Long> cache = manager.createCache(
                "counters", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
        cache.put("key", 1L);
        JavaProcess holder = there(LeaseHolderKilledIT.Holder.class, uri());
        holder.tell("hold");
        holder.awaitLine("holds 1"::equals, LIMIT);

        long since = vanish();
        CompletableFuture<Long> other = CompletableFuture.supplyAsync(() -> cache.invoke("key", (entry, arguments) -> {
            entry.setValue(entry.getValue() + 1);
            return entry.getValue();
        }));

        assertThat(other.get(60, TimeUnit.SECONDS)).isEqualTo(2);
        assertInTime("another client has the entry", since);
    }

    @Test
    void a_write_that_its_synchronous_listener_is_to_hear_of_goes_on() {
        DistCacheClient writer = manager.unwrap(DistCacheClient.class);
        writer.keyspace("default", "main").set("k", "v");
        JavaProcess listening = there(ListenerProcess.class, uri());
        writer.keyspace("default", "main").set("first", "v");
        listening.awaitLine("heard first"::equals, LIMIT);

        long since = vanish();
        CompletableFuture<Object> write = writer.asyncKeyspace("default", "main")
                .set("second", "v")
                .thenApply(set -> (Object) "written")
                .toCompletableFuture();

        assertThat(write).succeedsWithin(Duration.ofSeconds(60)).isEqualTo("written");
        assertInTime("a write that a listener there was to hear of is answered", since);
        long again = System.nanoTime();
        writer.keyspace("default", "main").set("third", "v");
        assertThat((System.nanoTime() - again) / 1_000_000).isLessThan(2_000);
    }

    @Test
    void connections_that_are_quiet_and_such_with_unwritten_output_end() throws Exception {
        JavaProcess two = there(Silent.class, PoolNetwork.HERE, String.valueOf(respPort));
        two.tell("ask");
        eventually(() -> assertThat(sendQueues()).anyMatch(bytes -> bytes > 0));
        assertThat(sendQueues()).as("both connections").hasSize(2);

        long since = vanish();

        eventually(Duration.ofSeconds(40), () -> assertThat(sendQueues()).isEmpty());
        assertInTime("the quiet connection and the one with unwritten output have ended", since);
    }

    @Test
    void connections_of_a_client_that_is_there_and_does_not_read_stay() throws Exception {
        JavaProcess two = there(Silent.class, PoolNetwork.HERE, String.valueOf(respPort));
        two.tell("ask");
        eventually(() -> assertThat(sendQueues()).anyMatch(bytes -> bytes > 0));
        for (long until = System.nanoTime() + QUIET_NANOS; System.nanoTime() < until; ) {
            assertThat(sendQueues())
                    .as("both connections, while the machine is there")
                    .hasSize(2);
            LockSupport.parkNanos(200_000_000);
        }
    }

    /** The bytes that the kernel still has to send, of each connection of the node's with the machine that vanishes. */
    private List<Long> sendQueues() throws Exception {
        String local = String.format(":%04X", respPort);
        // A table that changes while it is read can show a connection twice.
        Map<String, Long> bytes = new HashMap<>();
        for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            for (String line : Files.exists(table) ? Files.readAllLines(table) : List.<String>of()) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields[1].endsWith(local) && fields[2].contains(reversed(network.address(0)) + ":")) {
                    bytes.put(fields[2], Long.parseLong(fields[4].substring(0, 8), 16));
                }
            }
        }
        return List.copyOf(bytes.values());
    }

    /** An address as the kernel's table has it. */
    private static String reversed(String address) {
        byte[] bytes = new byte[4];
        String[] parts = address.split("\\.", -1);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[bytes.length - 1 - i]);
        }
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }

    /** Two connections to a door: one that says nothing after its first answer, one that asks for much and reads none of it. */
    static final class Silent {
        private Silent() {}

        public static void main(String[] arguments) throws Exception {
            int port = Integer.parseInt(arguments[1]);
            try (Socket quiet = new Socket(arguments[0], port);
                    Socket asking = new Socket(arguments[0], port)) {
                for (Socket one : List.of(quiet, asking)) {
                    say(one, "PING\r\n");
                    InputStream in = one.getInputStream();
                    byte[] unused = in.readNBytes("+PONG\r\n".length());
                }
                say(asking, "*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + BIG + "\r\n" + "x".repeat(BIG) + "\r\n");
                byte[] unused = asking.getInputStream().readNBytes("+OK\r\n".length());
                System.out.println("ready");
                int line = System.in.read();
                say(asking, Stream.generate(() -> "GET big\r\n").limit(64).reduce("", String::concat));
                Thread.sleep(Long.MAX_VALUE - line);
            }
        }

        private static void say(Socket socket, String text) throws Exception {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        }
    }
}
