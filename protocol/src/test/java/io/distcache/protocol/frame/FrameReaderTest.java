package io.distcache.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
    private static final int LIMIT = 1 << 16;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final FrameReader reader = new FrameReader(allocator, LIMIT);
    private final List<Object> messages = new ArrayList<>();

    @Test
    void frames_fed_byte_by_byte_are_whole() {
        for (byte b : all()) {
            feed(new byte[] {b});
        }

        assertThat(messages).isEqualTo(expected());
        assertNothingIsKept();
    }

    @Test
    void frames_fed_at_once_are_whole() {
        feed(all());

        assertThat(messages).isEqualTo(expected());
        assertNothingIsKept();
    }

    @Test
    void frames_cut_anywhere_are_whole() {
        byte[] all = all();
        for (int cut = 0; cut <= all.length; cut++) {
            messages.clear();
            feed(slice(all, 0, cut));
            feed(slice(all, cut, all.length));
            assertThat(messages).as("cut at %s", cut).isEqualTo(expected());
        }
        assertNothingIsKept();
    }

    @Test
    void frames_in_random_cuts_are_whole() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            byte[] all = all();
            messages.clear();
            for (int from = 0; from < all.length; ) {
                int to = Math.min(all.length, from + random.nextInt(1 + random.nextInt(400)));
                feed(slice(all, from, to));
                from = to;
            }
            assertThat(messages).as("seed %s", seed).isEqualTo(expected());
        }
        assertNothingIsKept();
    }

    /** A gate that lets one frame through each time it is opened, and has a place for long ones when it is told so. */
    private static final class OneByOne implements FrameReader.Gate {
        private static final int LONG = 50;

        private boolean open = true;
        private byte @Nullable [] place;

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public int longFrameBytes() {
            return LONG;
        }

        @Override
        public byte @Nullable [] arrayFor(int type, int request, int bytes) {
            return place != null && place.length == 0 ? place : place == null ? null : new byte[bytes];
        }
    }

    @Test
    void frames_behind_a_gate_wait_wherever_they_are_cut_and_none_is_lost() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            OneByOne gate = new OneByOne();
            FrameReader gated = new FrameReader(allocator, LIMIT, gate);
            List<Object> seen = new ArrayList<>();
            FrameReader.Sink sink = (type, request, body) -> {
                seen.add(Samples.decode(type, body));
                gate.open = random.nextBoolean();
            };
            byte[] all = all();
            for (int from = 0; from < all.length; ) {
                int to = Math.min(all.length, from + 1 + random.nextInt(400));
                gated.read(Unpooled.wrappedBuffer(slice(all, from, to)), sink);
                from = to;
                gate.place = random.nextBoolean() ? new byte[1] : null;
                if (random.nextBoolean()) {
                    gate.open = true;
                    gated.resume(sink);
                }
            }
            gate.place = new byte[1];
            while (seen.size() < expected().size()) {
                gate.open = true;
                gated.resume(sink);
            }
            assertThat(seen).as("seed %s", seed).isEqualTo(expected());
            gated.close();
        }
        assertNothingIsKept();
    }

    @Test
    void a_long_frame_that_is_not_wanted_is_skipped_and_the_next_ones_come() {
        OneByOne gate = new OneByOne();
        gate.place = FrameReader.Gate.REFUSED;
        FrameReader gated = new FrameReader(allocator, LIMIT, gate);
        ByteBuf two = Unpooled.buffer();
        two.writeInt(10_000).writeByte(1).writeInt(7).writeZero(9_995);
        two.writeInt(6).writeByte(2).writeInt(8).writeByte(9);
        List<Integer> requests = new ArrayList<>();
        while (two.isReadable()) {
            gated.read(
                    two.readSlice(Math.min(300, two.readableBytes())), (type, request, body) -> requests.add(request));
        }
        assertThat(requests).containsExactly(8);
        gated.close();
        assertNothingIsKept();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, LIMIT + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void an_announced_length_outside_the_limits_is_refused_before_anything_is_allocated(int length) {
        byte[] header = Unpooled.copyInt(length).array();

        assertThatThrownBy(() -> feed(header))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(Integer.toUnsignedString(length))
                .hasMessageContaining("5 to " + LIMIT);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, Integer.MAX_VALUE, -1})
    void such_a_length_is_refused_in_pieces_too(int length) {
        byte[] header = Unpooled.copyInt(length).array();
        feed(slice(header, 0, 1));
        feed(slice(header, 1, 3));

        assertThatThrownBy(() -> feed(slice(header, 3, 4))).isInstanceOf(ProtocolException.class);
        reader.close();
        assertNothingIsKept();
    }

    @Test
    void what_is_kept_grows_with_what_has_come_not_with_what_was_announced() {
        FrameReader patient = new FrameReader(allocator, 1 << 30);
        patient.read(Unpooled.copyInt(1 << 30), (type, request, body) -> {});
        for (int i = 0; i < 100; i++) {
            patient.read(Unpooled.wrappedBuffer(new byte[100]), (type, request, body) -> {});
        }

        assertThat(allocator.metric().usedHeapMemory()).isLessThan(64 << 10);
        patient.close();
        assertNothingIsKept();
    }

    @Test
    void a_frame_of_exactly_the_limit_is_taken() {
        ByteBuf frame =
                Unpooled.buffer().writeInt(LIMIT).writeByte(8).writeInt(1).writeZero(LIMIT - 5);
        List<Integer> lengths = new ArrayList<>();
        reader.read(frame, (type, request, body) -> lengths.add(body.readableBytes()));

        assertThat(lengths).containsExactly(LIMIT - 5);
    }

    @Test
    void a_raised_limit_holds_from_the_next_frame_on() {
        FrameReader small = new FrameReader(allocator, 10);
        ByteBuf two = Unpooled.buffer().writeInt(5).writeByte(8).writeInt(1);
        two.writeInt(20).writeByte(8).writeInt(2).writeZero(15);
        List<Integer> requests = new ArrayList<>();
        small.read(two, (type, request, body) -> {
            small.limit(100);
            requests.add(request);
        });

        assertThat(requests).containsExactly(1, 2);
    }

    @Test
    void a_sink_that_leaves_bytes_unread_does_not_disturb_the_next_frame() {
        List<Integer> types = new ArrayList<>();
        reader.read(Unpooled.wrappedBuffer(all()), (type, request, body) -> types.add(type));

        assertThat(types).hasSize(Samples.frames().size());
    }

    @Test
    void a_sink_that_fails_leaves_nothing_behind() {
        byte[] frame = Samples.frames().get(0);
        feed(slice(frame, 0, 6));

        assertThatThrownBy(() -> reader.read(Unpooled.wrappedBuffer(slice(frame, 6, frame.length)), (t, r, b) -> {
                    throw new ProtocolException("no");
                }))
                .isInstanceOf(ProtocolException.class);
        assertNothingIsKept();
    }

    private void feed(byte[] bytes) {
        reader.read(Unpooled.wrappedBuffer(bytes), (type, request, body) -> messages.add(Samples.decode(type, body)));
    }

    private void assertNothingIsKept() {
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private static List<Object> expected() {
        List<Object> all = new ArrayList<>();
        all.addAll(Samples.COMMANDS);
        all.addAll(Samples.REPLIES);
        all.addAll(Samples.PUSHES);
        all.addAll(Samples.CLIENT_HELLOS);
        all.addAll(Samples.NODE_HELLOS);
        return all;
    }

    private static byte[] all() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Samples.frames().forEach(all::writeBytes);
        return all.toByteArray();
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return java.util.Arrays.copyOfRange(bytes, from, to);
    }
}
