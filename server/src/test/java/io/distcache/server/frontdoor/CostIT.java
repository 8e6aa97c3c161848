package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.fixtures.RawClient;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.DoorNode;
import io.distcache.server.frontdoor.Neighbours.Asker;
import io.distcache.server.frontdoor.Neighbours.Good;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Whatever one client asks for, another one beside it, on the same event loop and the same shards, waits less than a second. In the build
 * requests have a part of the size that is allowed; {@code -Ddistcache.testing.cost=1} makes them as large as they may be.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CostIT {
    private static final long BOUND_MILLIS = 1000;
    private static final double SIZE = Double.parseDouble(System.getProperty("distcache.testing.cost", "0.01"));
    private static final String ONLY = System.getProperty("distcache.testing.costs", "");
    private static final int MOST_WORDS = 1024 * 1024 - 2;
    private static final int MOST_BYTES = 64 << 20;

    private DoorNode node;

    /** What a case sends, and how many replies it waits for. */
    private interface Hostility {
        void run(Asker asker) throws Exception;
    }

    private record Case(String name, Hostility before, Hostility act) {}

    @BeforeAll
    void start() throws Exception {
        node = new DoorNode("server.event-loops", "1", "store.max-bytes", "2gb");
        try (Asker asker = new Asker(node.respPort())) {
            fill(asker, "fill:", sized(1_000_000), 16);
        }
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private static int sized(int most) {
        return Math.max(1, (int) (most * SIZE));
    }

    private static void fill(Asker asker, String prefix, int keys, int valueBytes) throws Exception {
        String value = "v".repeat(valueBytes);
        for (int from = 0; from < keys; from += 1000) {
            int begin = from;
            asker.ask(words("MSET", 2000, i -> i % 2 == 0 ? prefix + (begin + i / 2) : value), 1);
        }
    }

    // --- requests ---

    private static byte[] words(String command, int count, IntFunction<String> word) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String[] names = command.split(" ", -1);
        put(out, "*" + (names.length + count) + "\r\n");
        for (String name : names) {
            bulk(out, name);
        }
        for (int i = 0; i < count; i++) {
            bulk(out, word.apply(i));
        }
        return out.toByteArray();
    }

    private static void bulk(ByteArrayOutputStream out, String word) {
        put(out, "$" + word.length() + "\r\n" + word + "\r\n");
    }

    private static void put(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] line(String words) {
        return (words + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] lines(String words, int times) {
        return (words + "\r\n").repeat(times).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Case resp(String name, Supplier<byte[]> bytes) {
        return resp(name, bytes, 1);
    }

    private static Case resp(String name, Supplier<byte[]> bytes, int replies) {
        return new Case(name, asker -> {}, asker -> asker.ask(bytes.get(), replies));
    }

    private static Case prepared(String name, Hostility before, Supplier<byte[]> bytes, int replies) {
        return new Case(name, before, asker -> asker.ask(bytes.get(), replies));
    }

    private static byte[] queued(byte[] one, int times) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(line("MULTI"));
        for (int i = 0; i < times; i++) {
            out.writeBytes(one);
        }
        out.writeBytes(line("EXEC"));
        return out.toByteArray();
    }

    private static Hostility large(String key, int bytes) {
        return asker -> asker.ask(words("SET", 2, i -> i == 0 ? key : "x".repeat(bytes)), 1);
    }

    // --- what is asked ---

    private Stream<Case> redis() {
        int many = sized(MOST_WORDS);
        int large = sized(MOST_BYTES);
        int queue = sized(65_536);
        Stream.Builder<Case> all = Stream.builder();
        all.add(resp("nothing", () -> line("PING")));
        for (String command : List.of("DEL", "UNLINK", "EXISTS", "TOUCH", "MGET", "WATCH")) {
            all.add(resp(command + " absent", () -> words(command, many, i -> "a" + i)));
            all.add(resp(command + " same", () -> words(command, many, i -> "fill:1")));
        }
        all.add(resp("MGET present", () -> words("MGET", many, i -> "fill:" + i % sized(1_000_000))));
        all.add(resp("MSET", () -> words("MSET", many & ~1, i -> i % 2 == 0 ? "m" + i : "v")));
        all.add(resp("MSET same", () -> words("MSET", many & ~1, i -> i % 2 == 0 ? "m" : "v")));
        all.add(resp("DEL present", () -> words("DEL", many / 2, i -> "m" + i * 2)));
        all.add(resp("MSETNX", () -> words("MSETNX", many & ~1, i -> i % 2 == 0 ? "n" + i : "v")));
        all.add(resp("UNLINK present", () -> words("UNLINK", many / 2, i -> "n" + i * 2)));
        all.add(resp("KEYS *", () -> line("KEYS *")));
        all.add(resp("KEYS stars", () -> line("KEYS *l*l*l*l*l*l*l*l*l*l*x")));
        all.add(resp("SCAN", () -> line("SCAN 0 COUNT 1000000000")));
        all.add(resp("SCAN none", () -> line("SCAN 0 MATCH x COUNT 1000000000")));
        all.add(resp("RANDOMKEY", () -> lines("RANDOMKEY", queue), queue));
        all.add(resp("DBSIZE", () -> lines("DBSIZE", queue), queue));
        for (String command : List.of(
                "COMMAND INFO", "COMMAND DOCS", "CONFIG GET", "INFO", "CLIENT LIST ID", "COMMAND GETKEYS DEL")) {
            String word = command.equals("CLIENT LIST ID") ? "1" : "client";
            all.add(resp(command, () -> words(command, many, i -> word)));
        }
        all.add(resp("SET options", () -> words("SET", many, i -> "get")));
        all.add(resp("CLIENT KILL", () -> words("CLIENT KILL", many & ~1, i -> i % 2 == 0 ? "id" : "99999999")));
        all.add(resp("unknown", () -> words("NOSUCH", many, i -> "a")));
        all.add(resp("EXEC of GET", () -> queued(line("GET fill:1"), queue), queue + 2));
        all.add(resp("EXEC of SET", () -> queued(line("SET fill:1 x"), queue), queue + 2));
        all.add(resp("EXEC of KEYS", () -> queued(line("KEYS x"), sized(1000)), sized(1000) + 2));
        all.add(resp("EXEC of RANDOMKEY", () -> queued(line("RANDOMKEY"), queue), queue + 2));
        all.add(resp("EXEC of SCAN", () -> queued(line("SCAN 0 COUNT 100000"), sized(1000)), sized(1000) + 2));
        all.add(resp("EXEC of INFO", () -> queued(line("INFO"), sized(10_000)), sized(10_000) + 2));
        all.add(resp("EXEC of COMMAND", () -> queued(line("COMMAND"), sized(10_000)), sized(10_000) + 2));
        all.add(resp("EXEC of CLIENT LIST", () -> queued(line("CLIENT LIST"), queue), queue + 2));
        all.add(resp(
                "EXEC of MGET",
                () -> queued(words("MGET", sized(10_000), i -> "fill:" + i), sized(1000)),
                sized(1000) + 2));
        all.add(prepared(
                "EXEC of large GET",
                large("large", large),
                () -> queued(line("GET large"), sized(1000)),
                sized(1000) + 2));
        all.add(prepared(
                "EXEC of APPEND",
                large("app", large / 2),
                () -> queued(line("APPEND app x"), sized(1000)),
                sized(1000) + 2));
        all.add(prepared("APPEND", large("app", large / 2), () -> lines("APPEND app x", 100), 100));
        all.add(prepared("SETRANGE", large("app", large / 2), () -> lines("SETRANGE app 1 x", 100), 100));
        all.add(prepared("GETRANGE", large("app", large / 2), () -> lines("GETRANGE app 0 -1", 50), 50));
        all.add(prepared("GET large", large("app", large / 2), () -> lines("GET app", 50), 50));
        all.add(prepared("STRLEN large", large("app", large / 2), () -> lines("STRLEN app", 1000), 1000));
        all.add(prepared("COPY", large("app", large / 2), () -> lines("COPY app app2 REPLACE", 100), 100));
        all.add(prepared("RENAME", large("app", large / 2), () -> lines("RENAME app app", 100), 100));
        all.add(prepared("GETSET large", large("app", large / 2), () -> lines("GETSET app x", 1), 1));
        all.add(resp("SETRANGE to the end", () -> lines("SETRANGE new " + (large - 100) + " x", 1), 1));
        all.add(prepared("MGET of one large", large("app", large / 2), () -> words("MGET", many, i -> "app"), 1));
        all.add(prepared(
                "INCRBYFLOAT of a large", large("app", large / 2), () -> lines("INCRBYFLOAT app 1", 1000), 1000));
        for (String command :
                List.of("BITCOUNT app", "BITCOUNT app 1 -2 BIT", "BITPOS app 0", "BITPOS app 1 3 -1 BIT")) {
            all.add(prepared(command, large("app", large), () -> lines(command, 100), 100));
        }
        all.add(prepared(
                "SETBIT", large("app", large / 2), () -> lines("SETBIT app 100 1\r\nSETBIT app 100 0", 50), 100));
        all.add(resp("SETBIT to the end", () -> lines("SETBIT newbits " + (large - 100) * 8L + " 1", 1), 1));
        all.add(resp("SETBIT over the end", () -> lines("SETBIT newbits 4294967295 1", 100), 100));
        all.add(prepared(
                "EXEC of BITCOUNT",
                large("app", large),
                () -> queued(line("BITCOUNT app"), sized(1000)),
                sized(1000) + 2));
        int side = (int) Math.sqrt(large / 4.0) - 1;
        Hostility sides = asker -> {
            large("one", side).run(asker);
            asker.ask(words("SET", 2, i -> i == 0 ? "other" : "xy".repeat(side / 2)), 1);
        };
        for (String options : List.of("", " LEN", " IDX WITHMATCHLEN")) {
            all.add(prepared("LCS" + options, sides, () -> lines("LCS one other" + options, 5), 5));
        }
        all.add(prepared("EXEC of LCS", sides, () -> queued(line("LCS one other"), queue), queue + 2));
        all.add(prepared("LCS too large", large("app", large), () -> lines("LCS app app", 100), 100));
        all.add(prepared(
                "MOVE",
                large("app", large / 2),
                () -> lines("MOVE app 5\r\nSELECT 5\r\nMOVE app 0\r\nSELECT 0", 5),
                20));
        all.add(prepared("MEMORY USAGE", large("app", large), () -> lines("MEMORY USAGE app", 1000), 1000));
        all.add(resp("EXISTS with more than a million", () -> words("EXISTS", 4 * many, i -> "a")));
        all.add(resp("CONFIG SET", () -> words("CONFIG SET", many & ~1, i -> i % 2 == 0 ? "slowlog-max-len" : "9")));
        all.add(resp("COMMAND LIST", () -> lines("COMMAND LIST", sized(10_000)), sized(10_000)));
        all.add(resp("COMMAND GETKEYSANDFLAGS", () -> words("COMMAND GETKEYSANDFLAGS DEL", many, i -> "k")));
        all.add(resp("INFO everything", () -> lines("INFO everything", sized(10_000)), sized(10_000)));
        all.add(prepared(
                "SLOWLOG GET",
                asker -> {
                    asker.ask(line("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 4096"), 1);
                    byte[] slow = words("MGET", 40, i -> "k".repeat(200));
                    for (int i = 0; i < sized(4096); i++) {
                        asker.ask(slow, 1);
                    }
                    asker.ask(line("CONFIG SET slowlog-log-slower-than -1"), 1);
                },
                () -> lines("SLOWLOG GET -1", 20),
                20));
        all.add(resp("LATENCY RESET", () -> words("LATENCY RESET", many, i -> "command")));
        all.add(resp(
                "CLIENT REPLY OFF", () -> lines("CLIENT REPLY OFF\r\nGET fill:1\r\nCLIENT REPLY ON", queue), queue));
        all.add(resp("INCRBYFLOAT digits", () -> words("INCRBYFLOAT", 2, i -> i == 0 ? "f" : "1".repeat(5000))));
        all.add(resp("INCRBYFLOAT many digits", () -> words("INCRBYFLOAT", 2, i -> i == 0 ? "f" : "1".repeat(large))));
        all.add(resp("INCRBYFLOAT exponent", () -> lines("INCRBYFLOAT f 1e1000000000", 1)));
        all.add(resp("INCRBYFLOAT small", () -> lines("INCRBYFLOAT g 1e-4900", 1000), 1000));
        all.add(resp("INCRBYFLOAT great", () -> lines("INCRBYFLOAT h 1e4900", 1000), 1000));
        all.add(resp("EXEC of INCRBYFLOAT", () -> queued(line("INCRBYFLOAT g 1e-4900"), queue), queue + 2));
        all.add(resp("INCRBY digits", () -> words("INCRBY", 2, i -> i == 0 ? "f" : "1".repeat(large))));
        all.add(resp("SET large", () -> words("SET", 2, i -> i == 0 ? "big" : "x".repeat(large))));
        all.add(resp("SET large key", () -> words("SET", 2, i -> i == 0 ? "x".repeat(large) : "v")));
        all.add(resp("KEYS of a large key", () -> words("KEYS", 1, i -> "*a".repeat(400) + "b")));
        all.add(resp("KEYS xs of a large key", () -> words("KEYS", 1, i -> "*" + "x".repeat(1000) + "y")));
        all.add(resp("KEYS of a large pattern", () -> words("KEYS", 1, i -> "*" + "x".repeat(large) + "y")));
        all.add(resp("DEL large key", () -> words("DEL", 1, i -> "x".repeat(large))));
        all.add(resp("CONFIG GET pattern", () -> words("CONFIG GET", 1, i -> "*a".repeat(large / 2))));
        all.add(resp(
                "COMMAND LIST pattern", () -> words("COMMAND LIST FILTERBY PATTERN", 1, i -> "*a".repeat(large / 2))));
        all.add(resp("ECHO", () -> words("ECHO", 1, i -> "*a".repeat(large / 2))));
        all.add(resp("inline", () -> line("MGET " + "a ".repeat(30_000))));
        all.add(prepared(
                "FLUSHDB",
                asker -> {
                    asker.ask(line("SELECT 3"), 1);
                    fill(asker, "flush:", sized(1_000_000), 16);
                },
                () -> line("FLUSHDB"),
                1));
        return all.build();
    }

    private Stream<Case> memcached() {
        int large = sized(MOST_BYTES);
        return Stream.of(
                lineCase("memcached get", () -> "get " + "a ".repeat(large / 2) + "\r\nmn\r\n", "MN"),
                lineCase("memcached gets", () -> "gets " + "fill:1 ".repeat(large / 7) + "\r\nmn\r\n", "MN"),
                lineCase("memcached gat", () -> "gat 10 " + "a ".repeat(1000) + "\r\nmn\r\n", "MN"),
                lineCase("memcached mn", () -> "mn\r\n".repeat(sized(1_000_000)) + "stats\r\n", "END"),
                lineCase("memcached stats conns", () -> "stats conns\r\n".repeat(sized(100_000)) + "mn\r\n", "MN"),
                lineCase("memcached stats", () -> "stats\r\n".repeat(sized(100_000)) + "mn\r\n", "MN"),
                lineCase(
                        "memcached append",
                        () -> "set mapp 0 0 " + large / 2 + "\r\n" + "x".repeat(large / 2) + "\r\n"
                                + "append mapp 0 0 1\r\nx\r\n".repeat(50) + "mn\r\n",
                        "MN"),
                lineCase("memcached flush_all", () -> "flush_all 100000\r\n".repeat(1000) + "mn\r\n", "MN"));
    }

    private static Case lineCase(String name, Supplier<String> request, String end) {
        Supplier<byte[]> bytes = () -> request.get().getBytes(StandardCharsets.ISO_8859_1);
        return new Case(name, asker -> {}, asker -> asker.askUntil(bytes.get(), end));
    }

    private Stream<Case> nativeCases() {
        int parts = sized(FrameEncoder.MAX_PARTS);
        List<Bytes> keys = new ArrayList<>();
        List<Command.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            Bytes key = Bytes.ofUtf8((char) ValueTag.TEXT + "native:" + i);
            keys.add(key);
            pairs.add(new Command.Pair(key, key));
        }
        Bytes stars = Bytes.ofUtf8("*l*l*l*l*l*l*l*l*x");
        return Stream.of(
                wire("PUT_ALL", new Command.PutAll(1, pairs, false, Ttl.ETERNAL), 1),
                wire("GET_ALL", new Command.GetAll(1, keys), 1),
                // So many that their replies fill the socket again and again, at every size.
                wire("SCAN", new Command.Scan(1, 0, 1_000_000, true, Bytes.EMPTY), 2000),
                wire("SCAN with stars", new Command.Scan(1, 0, 1_000_000, true, stars), sized(2000)),
                wire("LEASE_MANY", new Command.LeaseMany(1, keys, false, 60_000), 1),
                wire("REMOVE_ALL", new Command.RemoveAll(1, keys), 1),
                wire("REMOVE_ALL absent", new Command.RemoveAll(1, keys), 1),
                wire("REMOVE_EVERY", new Command.RemoveEvery(2), 1),
                wire("INVALIDATE", new Command.Invalidate("default", "main", false, keys), 1));
    }

    private static Case wire(String name, Command command, int times) {
        return new Case("native " + name, asker -> {}, asker -> {
            try (RawClient client = new RawClient(asker.port()).greet()) {
                client.ask(new Command.OpenCache(1, CacheDefinition.of("default", "main"), true));
                client.ask(new Command.OpenCache(2, CacheDefinition.of("default", "costs"), true));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (int i = 0; i < times; i++) {
                    out.writeBytes(RawClient.frame(command, i + 10));
                }
                Thread sender = new Thread(() -> {
                    try {
                        client.send(out.toByteArray());
                    } catch (IOException e) {
                        // Who waits for the replies meets it too.
                    }
                });
                sender.start();
                for (int i = 0; i < times; i++) {
                    client.reply();
                }
                sender.join();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> a_good_client_is_served_beside_native_clients() {
        return nativeCases().filter(one -> one.name().contains(ONLY)).map(one -> test(one, node.port()));
    }

    @Test
    void a_good_client_is_served_while_a_large_value_makes_many_small_ones_go() throws Exception {
        int large = sized(MOST_BYTES);
        long most = Math.max(4L * large, 4 << 20);
        try (DoorNode full = new DoorNode("server.event-loops", "1", "store.max-bytes", Long.toString(most));
                Asker asker = new Asker(full.respPort());
                Good good = new Good(full.respPort())) {
            fill(asker, "small:", Math.toIntExact(most / 40), 8);
            assertThat(full.health().evictions()).isPositive();
            good.begin();
            asker.ask(words("SET", 2, i -> i == 0 ? "large" : "x".repeat(large)), 1);
            System.out.printf("cost: %-32s others waited %6d ms%n", "evictions", good.longestMillis());
            assertThat(good.longestMillis()).isLessThan(BOUND_MILLIS);
        }
    }

    @Test
    void a_good_client_is_served_while_all_entries_expire_at_one_moment() throws Exception {
        int many = sized(1_000_000);
        try (DoorNode other = new DoorNode("server.event-loops", "1");
                Asker asker = new Asker(other.respPort());
                Good good = new Good(other.respPort())) {
            long moment = System.currentTimeMillis() + 2000 + many / 100;
            for (int from = 0; from < many; from += 1000) {
                ByteArrayOutputStream sets = new ByteArrayOutputStream();
                for (int i = from; i < from + 1000; i++) {
                    put(sets, "SET expires:" + i + " v PXAT " + moment + "\r\n");
                }
                asker.ask(sets.toByteArray(), 1000);
            }
            good.begin();
            Eventually.eventually("all are gone", () -> other.health().entries() < 1000);
            System.out.printf("cost: %-32s others waited %6d ms%n", "expiry", good.longestMillis());
            assertThat(good.longestMillis()).isLessThan(BOUND_MILLIS);
        }
    }

    @TestFactory
    Stream<DynamicTest> a_good_client_is_served_beside_redis_clients() {
        return redis().filter(one -> one.name().contains(ONLY)).map(one -> test(one, node.respPort()));
    }

    @TestFactory
    Stream<DynamicTest> a_good_client_is_served_beside_memcached_clients() {
        return memcached().filter(one -> one.name().contains(ONLY)).map(one -> test(one, node.memcachedPort()));
    }

    private DynamicTest test(Case one, int port) {
        return DynamicTest.dynamicTest(one.name(), () -> {
            try (Good good = new Good(node.respPort())) {
                try (Asker asker = new Asker(port)) {
                    one.before().run(asker);
                    good.begin();
                    long begin = System.nanoTime();
                    one.act().run(asker);
                    long took = (System.nanoTime() - begin) / 1_000_000;
                    System.out.printf(
                            "cost: %-32s took %6d ms, others waited %6d ms%n", one.name(), took, good.longestMillis());
                }
                assertThat(good.longestMillis()).as(one.name()).isLessThan(BOUND_MILLIS);
                assertThat(good.wrong()).isEmpty();
            }
        });
    }
}
