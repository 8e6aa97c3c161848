package io.distcache.server.frontdoor.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.Eventually;
import io.distcache.fixtures.RawClient;
import io.distcache.fixtures.Seed;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Misbehaving clients: the node answers or closes, goes on, and a good client beside them notices nothing. */
@Timeout(60)
class WireServerIT {
    private static final Bytes KEY = Bytes.ofUtf8("\u0002k");

    private Node node;
    private int port;
    private RawClient good;

    @BeforeEach
    void start() throws Exception {
        start(reader());
    }

    private static ConfigReader reader() {
        return new ConfigReader()
                .set("server.port", "0", "test")
                .set("server.event-loops", "2", "test")
                .set("server.handshake-timeout", "300ms", "test")
                .set("server.output-limit-bytes", "8mb", "test");
    }

    private void start(ConfigReader reader) throws Exception {
        node = new Node(reader.read(), InstantSource.system());
        node.load(percent -> {});
        String address = node.listen();
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        Secret token = reader.read().server().authToken();
        good = new RawClient(port).greet(new Hello.Client(1, 1, 0, "good", token, 0));
        assertThat(good.ask(new Command.OpenCache(1, CacheDefinition.of("", "c"), true)))
                .isInstanceOf(Reply.Opened.class);
    }

    private void restart(String key, String value) throws Exception {
        good.close();
        node.close();
        start(reader().set(key, value, "test"));
    }

    @AfterEach
    void the_good_client_is_still_served_and_no_connection_is_left_behind() throws Exception {
        try {
            assertGoodIsServed();
            good.close();
            Eventually.eventually(
                    "all connections are gone", () -> node.health().connections() == 0);
        } finally {
            node.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00000000", // a frame of no bytes
                "00000004 10000000", // shorter than its header
                "7fffffff 10", // 2 GiB
                "ffffffff 10", // minus one
                "0000000e 3f 00000001 01 0702757365723a31", // an opcode that is none
                "00000005 42 00000001", // a reply
                "00000005 08 00000000", // request id 0
                "00000006 08 00000001 00", // a byte too many
                "0000000a 15 00000001 01 ffffffff07" // 2^31 - 1 keys
            })
    void a_bad_frame_closes_the_connection(String hex) throws IOException {
        try (RawClient bad = new RawClient(port).greet()) {
            assertThat(bad.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
            bad.send(HexFormat.of().parseHex(hex.replace(" ", "")));
            bad.awaitClosed();
        }
    }

    @Test
    void half_a_frame_and_then_nothing_holds_up_nobody() throws IOException {
        byte[] frame = RawClient.frame(new Command.Get(1, KEY), 1);
        for (int cut = 1; cut < frame.length; cut++) {
            try (RawClient bad = new RawClient(port).greet()) {
                bad.send(Arrays.copyOf(frame, cut));
                assertGoodIsServed();
            }
        }
    }

    @Test
    void silence_after_connecting_ends_at_the_handshake_limit() throws IOException {
        try (RawClient silent = new RawClient(port);
                RawClient half = new RawClient(port)) {
            half.send(new byte[] {0, 0, 0});
            silent.awaitClosed();
            half.awaitClosed();
        }
    }

    @Test
    void a_command_before_the_hello_closes_the_connection() throws IOException {
        try (RawClient bad = new RawClient(port)) {
            bad.send(RawClient.frame(new Command.Ping(), 1));
            bad.awaitClosed();
        }
    }

    @Test
    void another_protocol_gets_no_answer() throws IOException {
        try (RawClient http = new RawClient(port)) {
            http.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            http.awaitClosed();
        }
    }

    @Test
    void another_version_is_refused_with_both_versions() throws IOException {
        try (RawClient newer = new RawClient(port).greet(new Hello.Client(2, 3, 0, "newer", "", 0))) {
            Reply.Failure refused = (Reply.Failure) newer.next();
            assertThat(refused.status()).isEqualTo(Status.VERSION_MISMATCH);
            assertThat(refused.message()).contains("speaks protocol version 1").contains("2 to 3");
            newer.awaitClosed();
        }
    }

    @Test
    void a_client_that_speaks_several_versions_gets_the_nodes() throws IOException {
        try (RawClient both = new RawClient(port).greet(new Hello.Client(0, 9, -1, "both", "", 0))) {
            assertThat(both.next())
                    .isInstanceOfSatisfying(
                            Hello.Node.class,
                            hello -> assertThat(hello.version()).isEqualTo(1));
        }
    }

    @Test
    void a_wrong_or_missing_token_is_refused() throws Exception {
        restart("server.auth-token", "s3cret");
        for (String token : List.of("", "secret", "s3cretx")) {
            try (RawClient bad = new RawClient(port).greet(new Hello.Client(1, 1, 0, "bad", token, 0))) {
                Reply.Failure refused = (Reply.Failure) bad.next();
                assertThat(refused.status()).isEqualTo(Status.UNAUTHORIZED);
                assertThat(refused.message()).doesNotContain("s3cret");
                bad.awaitClosed();
            }
        }
    }

    @Test
    void random_bytes_close_the_connection_at_most() throws IOException {
        long first = Seed.of(WireServerIT.class, 20_261_128);
        long deadline = System.nanoTime() + 3_000_000_000L;
        for (long seed = first; System.nanoTime() - deadline < 0; seed++) {
            Random random = new Random(seed);
            try (RawClient bad = new RawClient(port)) {
                if (random.nextBoolean()) {
                    bad.greet();
                }
                byte[] bytes = new byte[1 + random.nextInt(2000)];
                random.nextBytes(bytes);
                if (random.nextBoolean()) {
                    // A header that is taken for good, with a body that is not.
                    bytes = Arrays.copyOf(bytes, bytes.length + 300);
                    byte[] header = {0, 0, 0, (byte) random.nextInt(256), (byte) random.nextInt(0x24)};
                    System.arraycopy(header, 0, bytes, 0, header.length);
                }
                bad.send(bytes);
                if (random.nextInt(4) == 0) {
                    bad.reset();
                }
            } catch (SocketException closedMeanwhile) {
                // It may close before all is written.
            }
            if (seed % 16 == 0) {
                assertGoodIsServed();
            }
        }
    }

    @Test
    void connections_reset_at_once_leave_nothing_behind() throws IOException {
        for (int i = 0; i < 200; i++) {
            new RawClient(port).reset();
        }
    }

    @Test
    void ten_thousand_commands_in_one_write_are_answered_in_order() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 1; i <= 10_000; i++) {
            Bytes value = Bytes.ofUtf8("\u0002" + i);
            all.writeBytes(RawClient.frame(
                    i % 2 == 1
                            ? new Command.Put(1, KEY, value, Condition.ALWAYS, Ttl.ETERNAL, false)
                            : new Command.Get(1, KEY),
                    i));
        }
        try (RawClient eager = new RawClient(port).greet()) {
            eager.ask(new Command.OpenCache(1, CacheDefinition.of("", "c"), true));
            Thread writer = new Thread(() -> {
                try {
                    eager.send(all.toByteArray());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            writer.start();
            for (int i = 1; i <= 10_000; i++) {
                Reply reply = eager.reply();
                if (i % 2 == 0) {
                    assertThat(((Reply.Value) reply).value()).isEqualTo(Bytes.ofUtf8("\u0002" + (i - 1)));
                }
            }
            writer.join();
        }
    }

    @Test
    void a_client_that_asks_for_much_and_does_not_read_is_not_read_from_until_it_does() throws Exception {
        good.ask(new Command.Put(1, KEY, Bytes.of(new byte[1 << 20]), Condition.ALWAYS, Ttl.ETERNAL, false));
        ByteArrayOutputStream gets = new ByteArrayOutputStream();
        for (int i = 1; i <= 2000; i++) {
            gets.writeBytes(RawClient.frame(new Command.Get(1, KEY), i));
        }
        try (RawClient greedy = new RawClient(port).greet()) {
            greedy.ask(new Command.OpenCache(1, CacheDefinition.of("", "c"), true));
            greedy.send(gets.toByteArray());
            Eventually.eventually("it is held back", () -> node.health().bufferedBytes() > 0);
            for (int i = 0; i < 100; i++) {
                assertThat(good.ask(new Command.Get(1, KEY))).isInstanceOf(Reply.Value.class);
            }
            // One value, however often it was asked for, and what the socket has not taken.
            assertThat(node.health().bufferedBytes()).isLessThan(4 << 20);
            assertThat(node.health().operations()).isLessThan(1000);
            for (int i = 0; i < 50; i++) {
                assertThat(greedy.reply()).isInstanceOf(Reply.Value.class);
            }
        }
    }

    @Test
    void too_many_connections_are_refused_with_a_reason() throws Exception {
        restart("server.max-connections", "3");
        List<RawClient> others = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            RawClient other = new RawClient(port).greet();
            assertThat(other.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
            others.add(other);
        }
        try (RawClient tooMany = new RawClient(port)) {
            Reply.Failure refused = (Reply.Failure) tooMany.next();
            assertThat(refused.status()).isEqualTo(Status.OVERLOADED);
            assertThat(refused.message()).contains("server.max-connections");
            tooMany.awaitClosed();
        }
        for (RawClient other : others) {
            other.close();
        }
        Eventually.eventually("there is room again", () -> node.health().connections() == 1);
        try (RawClient later = new RawClient(port).greet()) {
            assertThat(later.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
        }
    }

    @Test
    void more_in_flight_than_allowed_is_refused_and_the_rest_goes_on() throws Exception {
        restart("server.max-in-flight", "2");
        Reply.Leased held = (Reply.Leased) good.ask(new Command.Lease(1, KEY, false, 60_000));
        try (RawClient waiting = new RawClient(port).greet()) {
            waiting.ask(new Command.OpenCache(1, CacheDefinition.of("", "c"), true));
            for (int i = 1; i <= 3; i++) {
                waiting.send(RawClient.frame(new Command.Put(1, KEY, KEY, Condition.ALWAYS, Ttl.ETERNAL, false), i));
            }
            assertThat(((Reply.Failure) waiting.reply()).status()).isEqualTo(Status.OVERLOADED);
            good.ask(new Command.Settle(1, List.of(new Command.Settlement(KEY, held.token(), List.of(), null))));
            assertThat(waiting.reply()).isInstanceOf(Reply.Changed.class);
            assertThat(waiting.reply()).isInstanceOf(Reply.Changed.class);
        }
    }

    @Test
    void a_node_that_stops_closes_its_connections() throws Exception {
        good.close();
        try (RawClient client = new RawClient(port).greet()) {
            assertThat(client.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
            node.close();
            client.awaitClosed();
        }
        assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(IOException.class);
        start();
    }

    private void assertGoodIsServed() throws IOException {
        assertThat(good.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
    }
}
