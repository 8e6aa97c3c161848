package io.distcache.client.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    private static final Hello.Node NODE = new Hello.Node(Hello.VERSION, 0, "n1", 1, 1 << 20, 64, 1000);

    private final Recorder recorder = new Recorder();
    private final Connection connection = connection(recorder);
    private final EmbeddedChannel channel = new EmbeddedChannel(connection);

    private static Connection connection(Recorder recorder) {
        Connection made = new Connection(recorder, 1 << 16);
        made.introduce(new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "", "", 0));
        return made;
    }

    @AfterEach
    void nothing_is_left() {
        channel.finishAndReleaseAll();
    }

    private static ByteBuf helloFrame() {
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.encode(NODE, out);
        return out;
    }

    private Call sent(Command command) {
        Call call = Call.unheard(command, 1_000_000_000);
        Queue<Call> queue = new ArrayDeque<>(List.of(call));
        connection.drain(queue);
        return call;
    }

    @Test
    void any_flipped_byte_and_any_cut_end_in_replies_or_in_one_named_failure() {
        ByteBuf whole = helloFrame();
        FrameEncoder.encode(new Reply.Value(1, Bytes.ofUtf8("x")), 1, whole);
        byte[] good = new byte[whole.readableBytes()];
        whole.readBytes(good);
        Random random = new Random(11);
        for (int i = 0; i < good.length; i++) {
            Recorder heard = new Recorder();
            EmbeddedChannel peer = new EmbeddedChannel(connection(heard));
            byte[] bad = good.clone();
            bad[i] ^= (byte) (1 + random.nextInt(255));
            int cut = random.nextInt(bad.length);
            peer.writeInbound(Unpooled.copiedBuffer(bad, 0, cut));
            if (peer.isOpen()) {
                peer.writeInbound(Unpooled.copiedBuffer(bad, cut, bad.length - cut));
            }
            peer.close().syncUninterruptibly();
            assertThat(heard.ends).as("flipped byte %d, cut at %d", i, cut).hasSize(1);
            peer.finishAndReleaseAll();
        }
    }

    @Test
    void queued_commands_leave_in_one_write_and_ended_ones_not_at_all() {
        channel.writeInbound(helloFrame());
        assertThat(recorder.shaken).containsExactly(NODE);
        ByteBuf introduction = channel.readOutbound();
        introduction.release();
        Call ended = Call.unheard(new Command.Ping(), 1);
        ended.lose("its time passed", null);
        Queue<Call> queue = new ArrayDeque<>();
        queue.add(Call.unheard(new Command.Ping(), 1));
        queue.add(ended);
        queue.add(Call.unheard(new Command.Ping(), 1));

        connection.drain(queue);

        ByteBuf written = channel.readOutbound();
        assertThat(written.readableBytes()).isEqualTo(2 * FrameEncoder.HEADER_BYTES);
        written.release();
        assertThat(channel.outboundMessages()).isEmpty();
    }

    @Test
    void a_lost_connection_hands_back_what_was_in_flight_once() {
        channel.writeInbound(helloFrame());
        Call call = sent(new Command.Ping());

        channel.close().syncUninterruptibly();
        connection.fail("again", null);

        assertThat(recorder.ends).hasSize(1);
        assertThat(recorder.left).containsExactly(call);
    }

    @Test
    void a_reply_to_nothing_is_ignored() {
        channel.writeInbound(helloFrame());
        ByteBuf reply = Unpooled.buffer();
        FrameEncoder.encode(Reply.Ok.INSTANCE, 4711, reply);

        channel.writeInbound(reply);

        assertThat(recorder.replies).isEmpty();
        assertThat(recorder.ends).isEmpty();
    }

    @Test
    void a_second_loss_of_time_and_reply_has_one_winner() {
        Call call = Call.unheard(new Command.Ping(), 1);
        assertThat(call.claim()).isTrue();
        assertThat(call.lose("time", null)).isFalse();
        assertThat(call.end(Reply.Ok.INSTANCE)).isFalse();
        assertThat(call.result()).isEqualTo(new Call.Lost(true, "time", null));
    }

    /** Writes down what a connection tells. */
    private static final class Recorder implements Connection.Owner {
        private final List<Hello.Node> shaken = new ArrayList<>();
        private final List<Reply> replies = new ArrayList<>();
        private final List<String> ends = new ArrayList<>();
        private final List<Call> left = new ArrayList<>();

        @Override
        public void shookHands(Connection connection, Hello.Node node) {
            shaken.add(node);
        }

        @Override
        public void refused(Connection connection, Reply.Failure failure) {
            connection.fail(failure.message(), null);
        }

        @Override
        public void reply(Call call, Reply reply) {
            replies.add(reply);
        }

        @Override
        public void push(Push push, Call causing) {}

        @Override
        public void writable() {}

        @Override
        public void unsendable(Call call, Throwable why) {}

        @Override
        public void tooLarge(Call call, int frameBytes) {}

        @Override
        public void gone(Connection connection, List<Call> inFlight, String why, Throwable cause) {
            ends.add(why);
            left.addAll(inFlight);
        }
    }
}
