package io.distcache.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Ttl;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes are: another valid message or a {@link ProtocolException}, and memory in proportion to the bytes. */
class DamagedFrameTest {
    private static final int MOST_BYTES_ALLOCATED = 256 << 10;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void a_body_cut_at_any_byte_is_refused() {
        for (byte[] frame : Samples.frames()) {
            for (int cut = FrameEncoder.HEADER_BYTES; cut < frame.length; cut++) {
                byte[] body = Arrays.copyOfRange(frame, FrameEncoder.HEADER_BYTES, cut);
                assertThatThrownBy(() -> Samples.decode(frame[4] & 0xff, Unpooled.wrappedBuffer(body)))
                        .as("%s cut to %s", hex(frame), cut)
                        .isInstanceOf(ProtocolException.class);
            }
        }
    }

    @Test
    void a_byte_too_many_is_refused() {
        for (byte[] frame : Samples.frames()) {
            byte[] body = Arrays.copyOfRange(frame, FrameEncoder.HEADER_BYTES, frame.length + 1);
            assertThatThrownBy(() -> Samples.decode(frame[4] & 0xff, Unpooled.wrappedBuffer(body)))
                    .as(hex(frame))
                    .isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void any_byte_changed_to_anything_gives_a_message_or_a_refusal() {
        for (byte[] frame : Samples.frames()) {
            for (int at = FrameEncoder.HEADER_BYTES; at < frame.length; at++) {
                byte right = frame[at];
                for (int wrong = 0; wrong < 256; wrong++) {
                    frame[at] = (byte) wrong;
                    decodeOrRefuse(frame);
                }
                frame[at] = right;
            }
        }
    }

    @Test
    void any_type_with_any_sample_body_gives_a_message_or_a_refusal() {
        for (byte[] frame : Samples.frames()) {
            for (int type = 0; type < 256; type++) {
                frame[4] = (byte) type;
                decodeOrRefuse(frame);
            }
        }
    }

    @Test
    void random_bodies_give_a_message_or_a_refusal() {
        for (long seed = 0; seed < 50_000; seed++) {
            Random random = new Random(seed);
            byte[] frame = new byte[FrameEncoder.HEADER_BYTES + random.nextInt(40)];
            random.nextBytes(frame);
            decodeOrRefuse(frame);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "15 01 ffffffff07", // GET_ALL, 2^31 - 1 keys
                "16 01 00 03 ffffffff07", // PUT_ALL
                "22 01 ffffffff07", // SETTLE
                "14 01 ffffffff07", // TOUCH_ALL
                "10 01 ffffffff07", // GET of a key of 2^31 - 1 bytes
                "10 01 ffffffffff01", // GET of a key whose length is no int
                "10 01 ffffffffffff", // a varint that does not end
                "47 ffffffff07", // MANY
                "49 0000000000000000 ffffffff07", // PAGE
                "4c ffffffff07", // CACHES
                "44 03 0000000000000001 ffffffff07", // CHANGED with an old value of 2^31 - 2 bytes
                "41 01 ffffffff07" // FAILURE with a message of 2 GiB
            })
    void an_announced_size_that_is_not_there_is_refused_without_allocating_it(String typeAndBody) {
        byte[] bytes = HexFormat.of().parseHex(typeAndBody.replace(" ", ""));
        long before = threads.getCurrentThreadAllocatedBytes();

        assertThatThrownBy(() -> Samples.decode(bytes[0] & 0xff, Unpooled.wrappedBuffer(bytes, 1, bytes.length - 1)))
                .isInstanceOf(ProtocolException.class);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
    }

    @Test
    void a_reply_to_many_parts_inside_another_is_refused() {
        byte[] nested = HexFormat.of().parseHex("01" + "4700");

        assertThatThrownBy(() -> Samples.decode(0x47, Unpooled.wrappedBuffer(nested)))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("inside another");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "56 56 43", // STALE of STALE of MISS
                "47 01 56 43", // MANY of STALE of MISS
                "56 40", // STALE of OK
                "25 25 10 01 01 02", // STALE of STALE of GET
                "25 1a 01" // STALE of SIZE
            })
    void what_is_no_read_or_no_answer_to_one_is_not_answered_by_who_does_not_lead(String typeAndBody) {
        byte[] bytes = HexFormat.of().parseHex(typeAndBody.replace(" ", ""));

        assertThatThrownBy(() -> Samples.decode(bytes[0] & 0xff, Unpooled.wrappedBuffer(bytes, 1, bytes.length - 1)))
                .isInstanceOf(ProtocolException.class);
    }

    /** They would be taken apart one inside the other until the stack is at its end. */
    @Test
    void commands_in_commands_in_commands_are_refused() {
        ByteBuf deep = Unpooled.buffer();
        for (int i = 0; i < 100_000; i++) {
            deep.writeByte(0).writeByte(Opcode.ONCE.code());
            deep.writeZero(11).writeByte(Opcode.OF_GROUP.code());
        }

        assertThatThrownBy(() -> Samples.decode(Opcode.OF_GROUP.code(), deep))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("inside another command");
    }

    @Test
    void a_definition_that_a_record_refuses_is_a_protocol_error() {
        String name = "n".repeat(CacheDefinition.MAX_NAME_LENGTH);
        byte[] frame = Samples.frame(new Command.OpenCache(1, CacheDefinition.of("", name), true), 1);
        ByteBuf longer = Unpooled.buffer().writeByte(1).writeByte(1).writeByte(0);
        Fields.writeText(longer, name + "n");
        longer.writeBytes(frame, frame.length - 29, 29);

        assertThatThrownBy(() -> Samples.decode(1, longer)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void a_ttl_below_the_named_ones_is_refused() {
        ByteBuf put = Unpooled.buffer().writeByte(1).writeByte(0);
        Fields.writeVarlong(put, Ttl.DEFINED - 1);
        put.writeByte(0).writeByte(0).writeByte(0);

        assertThatThrownBy(() -> Samples.decode(0x12, put))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("ttl -3");
    }

    private void decodeOrRefuse(byte[] frame) {
        ByteBuf body =
                Unpooled.wrappedBuffer(frame, FrameEncoder.HEADER_BYTES, frame.length - FrameEncoder.HEADER_BYTES);
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            Samples.decode(frame[4] & 0xff, body);
        } catch (ProtocolException expected) {
            assertThat(expected).hasMessageNotContaining("null");
        } catch (RuntimeException | Error e) {
            fail(hex(frame), e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (allocated > MOST_BYTES_ALLOCATED) {
            fail(hex(frame) + " made the decoder allocate " + allocated + " bytes");
        }
    }

    private static String hex(byte[] frame) {
        return HexFormat.of().formatHex(frame);
    }
}
