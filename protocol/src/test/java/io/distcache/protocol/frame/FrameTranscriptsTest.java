package io.distcache.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The bytes of version 1 of the wire format, field by field, in {@code frames/*.txt}. A change that makes one of these fail
 * needs another protocol version, not another transcript.
 */
class FrameTranscriptsTest {
    private static final Bytes KEY = Bytes.ofUtf8("\u0002user:1");
    private static final Bytes VALUE = Bytes.ofUtf8("\u0002Ada");
    private static final Bytes OTHER = Bytes.ofUtf8("\u0002Bob");

    private record Sample(String file, Object message, int request) {}

    private static final List<Sample> SAMPLES = List.of(
            new Sample("hello-client", new Hello.Client(1, 1, 0, "shop-1", "secret", 1000), 0),
            new Sample("hello-node", new Hello.Node(1, 0, "n1", 0x0102030405060708L, 65 << 20, 65536, 60_000), 0),
            new Sample("get", new Command.Get(1, KEY), 7),
            new Sample("put", new Command.Put(1, KEY, VALUE, Condition.valueIs(OTHER), Ttl.DEFINED, true), 8),
            new Sample(
                    "open-cache",
                    new Command.OpenCache(
                            200,
                            new CacheDefinition(
                                    "shop",
                                    "users",
                                    new CacheDefinition.Expiry(60_000, Ttl.UNCHANGED, Ttl.ETERNAL, false),
                                    1000,
                                    0,
                                    CacheDefinition.WhenFull.REFUSE,
                                    CacheDefinition.Durability.LOGGED,
                                    Map.of("valueType", "B", "keyType", "A")),
                            true),
                    9),
            new Sample("lease", new Command.Lease(1, KEY, true, 5000), 10),
            new Sample(
                    "settle",
                    new Command.Settle(
                            1,
                            List.of(new Command.Settlement(
                                    KEY,
                                    18,
                                    List.of(
                                            new EntryChange.Put(VALUE, Ttl.ETERNAL),
                                            new EntryChange.Touch(Ttl.NOW),
                                            new EntryChange.Remove()),
                                    new Command.Share.Failed(OTHER)))),
                    11),
            new Sample("value", new Reply.Value(18, VALUE), 7),
            new Sample("changed", new Reply.Changed(true, true, 19, VALUE), 8),
            new Sample("failure", new Reply.Failure(Status.LEASE_LOST, "too late"), 11),
            new Sample(
                    "many",
                    new Reply.Many(
                            List.of(new Reply.Value(18, VALUE), Reply.Miss.INSTANCE, new Reply.Leased(3, 0, null))),
                    12),
            new Sample("event", new Push.Event(1, EventKind.UPDATED, KEY, VALUE, OTHER, 19, 5, 8), 0),
            new Sample(
                    "health",
                    new Push.Health(HealthReport.in(HealthReport.State.SERVING)
                            .node("n1")
                            .incarnation(1)
                            .with(Figure.UPTIME_MILLIS, 2)
                            .with(Figure.ENTRIES, 3)
                            .with(Figure.BYTES, 4)
                            .with(Figure.MAX_BYTES, 5)
                            .with(Figure.CONNECTIONS, 6)
                            .with(Figure.OPERATIONS, 7)
                            .with(Figure.EVICTIONS, 8)
                            .with(Figure.UNSYNCED_BYTES, 9)
                            .with(Figure.SYNC_MICROS, 10)
                            .with(Figure.SNAPSHOT_MILLIS, 11)
                            .version("0.1")
                            .with(Figure.HITS, 1)
                            .with(Figure.MISSES, 2)
                            .with(Figure.OPERATIONS_PER_SECOND, 3)
                            .with(Figure.LAG_MICROS, 4)
                            .with(Figure.HEAP_BYTES, 5)
                            .with(Figure.MAX_HEAP_BYTES, 6)
                            .with(Figure.DIRECT_BYTES, 7)
                            .with(Figure.POOL_EPOCH, 8)
                            .with(Figure.HINTS, 9)
                            .notReady("n2")
                            .with(Figure.BUFFERED_BYTES, 10)
                            .with(Figure.REFUSALS, 11)
                            .with(Figure.LATE_CLIENTS, 12)
                            .with(Figure.CERTIFICATE_DAYS, 13)
                            .with(Figure.FAILED_LOGINS, 14)
                            .with(Figure.FORBIDDEN_COMMANDS, 15)
                            .build()),
                    0));

    @TestFactory
    Stream<DynamicTest> the_bytes_are_those_of_the_transcript() {
        return SAMPLES.stream()
                .map(sample -> DynamicTest.dynamicTest(sample.file, () -> {
                    byte[] golden = transcript(sample.file);
                    assertThat(HexFormat.of().formatHex(Samples.frame(sample.message, sample.request)))
                            .isEqualTo(HexFormat.of().formatHex(golden));
                    assertThat(Samples.decode(golden[4] & 0xff, Unpooled.wrappedBuffer(golden, 9, golden.length - 9)))
                            .isEqualTo(sample.message);
                }));
    }

    /** Hex, with spaces and line ends where they please; what follows a # is a remark. */
    private static byte[] transcript(String name) throws IOException {
        try (InputStream in = FrameTranscriptsTest.class.getResourceAsStream("/frames/" + name + ".txt")) {
            assertThat(in).as("frames/" + name + ".txt").isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return HexFormat.of().parseHex(text.replaceAll("#.*", "").replaceAll("\\s", ""));
        }
    }
}
