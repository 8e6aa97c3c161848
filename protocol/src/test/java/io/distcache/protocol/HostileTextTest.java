package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer says of itself, and what it answers, is one harmless line where it arrives, whatever bytes it sent. */
class HostileTextTest {
    /** What the peer sends in place of {@link #HARMLESS}, of as many bytes. */
    private static final String HOSTILE = "a\nb\rc\u001b[2Jd";

    private static final String HARMLESS = "a.b.c.[2Jd";
    private static final String SHOWN = "a\\nb\\rc\\u001b[2Jd";

    @Test
    void the_name_of_a_client() {
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(new Hello.Client(1, 1, 0, HARMLESS, "", 0), frame);

        assertThat(FrameDecoder.clientHello(hostile(frame)).client()).isEqualTo(SHOWN);
        assertThat(new Hello.Client(1, 1, 0, "x".repeat(9_000), "", 0).client()).hasSizeLessThan(300);
    }

    @Test
    void the_name_of_a_node() {
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(new Hello.Node(1, 0, HARMLESS, 1, 1, 1, 1), frame);

        assertThat(FrameDecoder.nodeHello(hostile(frame)).node()).isEqualTo(SHOWN);
    }

    @Test
    void why_a_node_refuses() {
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(new Reply.Failure(Status.INTERNAL, HARMLESS), 1, frame);

        assertThat(FrameDecoder.reply(Reply.Kind.FAILURE.code(), hostile(frame)))
                .isEqualTo(new Reply.Failure(Status.INTERNAL, SHOWN));
    }

    @Test
    void how_a_node_is() {
        HealthReport report = HealthReport.in(HealthReport.State.READ_ONLY)
                .cause(HARMLESS)
                .node(HARMLESS)
                .incarnation(1)
                .with(Figure.UPTIME_MILLIS, 1)
                .with(Figure.ENTRIES, 1)
                .with(Figure.BYTES, 1)
                .with(Figure.MAX_BYTES, 1)
                .with(Figure.CONNECTIONS, 1)
                .with(Figure.OPERATIONS, 1)
                .with(Figure.EVICTIONS, 1)
                .with(Figure.UNSYNCED_BYTES, 1)
                .with(Figure.SYNC_MICROS, 1)
                .with(Figure.SNAPSHOT_MILLIS, 1)
                .version(HARMLESS)
                .with(Figure.HITS, 1)
                .with(Figure.MISSES, 1)
                .with(Figure.OPERATIONS_PER_SECOND, 1)
                .with(Figure.LAG_MICROS, 1)
                .with(Figure.HEAP_BYTES, 1)
                .with(Figure.MAX_HEAP_BYTES, 1)
                .with(Figure.DIRECT_BYTES, 1)
                .with(Figure.POOL_EPOCH, 1)
                .with(Figure.HINTS, 1)
                .notReady(HARMLESS)
                .with(Figure.BUFFERED_BYTES, 1)
                .with(Figure.REFUSALS, 1)
                .with(Figure.LATE_CLIENTS, 1)
                .with(Figure.CERTIFICATE_DAYS, 1)
                .with(Figure.FAILED_LOGINS, 1)
                .with(Figure.FORBIDDEN_COMMANDS, 1)
                .build();
        ByteBuf frame = Unpooled.buffer();
        FrameEncoder.encode(new Push.Health(report), frame);

        HealthReport heard = ((Push.Health) FrameDecoder.push(Push.Kind.HEALTH.code(), hostile(frame))).report();
        assertThat(heard.cause()).isEqualTo(SHOWN);
        assertThat(heard.node()).isEqualTo(SHOWN);
        assertThat(heard.version()).isEqualTo(SHOWN);
    }

    /** The body of a frame with the harmless text replaced. */
    private static ByteBuf hostile(ByteBuf frame) {
        String body = frame.toString(
                FrameEncoder.HEADER_BYTES,
                frame.readableBytes() - FrameEncoder.HEADER_BYTES,
                StandardCharsets.ISO_8859_1);
        assertThat(body).contains(HARMLESS);
        return Unpooled.copiedBuffer(body.replace(HARMLESS, HOSTILE), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"n\u007f", "n\u009b2J", "n\u202e", "n\u2028"})
    void a_member_has_no_invisible_characters_in_its_name_or_address(String hostile) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolMember(hostile, "h1:2050", 1))
                .satisfies(e -> assertThat(OneLine.isHarmless(e.getMessage())).isTrue());
        assertThatIllegalArgumentException().isThrownBy(() -> new PoolMember("n1", hostile + ":2050", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> PoolMember.parse(hostile + "=h1"));
    }

    @Test
    void what_is_wrong_with_a_frame() {
        assertThat(new ProtocolException("not a frame: " + HOSTILE)).hasMessage("not a frame: " + SHOWN);
    }
}
