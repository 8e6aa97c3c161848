package io.distcache.server.frontdoor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Reply;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.memory.Buffers;
import io.distcache.server.shard.TestShards;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A fault in the node costs the client whose request met it one error, and nobody anything else. */
class StreamConnectionIT {

    /** Requests are of one byte: {@code .} is right, {@code f} has written half a reply when it fails, {@code l} fails with its reply. */
    private static final class OneByteClient implements StreamProtocol {
        private final StreamConnection stream;

        OneByteClient(StreamServer server, ChannelHandlerContext socket, String peer) {
            stream = new StreamConnection(server, socket, peer, this);
        }

        @Override
        public String name() {
            return stream.peer();
        }

        @Override
        public boolean executeNext() {
            RequestBytes bytes = stream.bytes();
            OrderedReplies replies = stream.replies();
            byte request = bytes.array()[bytes.from()];
            bytes.moveTo(bytes.from() + 1);
            switch (request) {
                case 'f' -> {
                    replies.out().writeBytes("half".getBytes(StandardCharsets.US_ASCII));
                    throw new IndexOutOfBoundsException("a test");
                }
                case 'l' -> replies.reply(new Failing(stream), Reply.Ok.INSTANCE);
                default -> replies.out().writeByte(request);
            }
            return true;
        }

        @Override
        public int wantedBytes() {
            return 0;
        }

        @Override
        public void refuseForRoom() {
            throw new AssertionError("a request of a byte needs no room");
        }

        @Override
        public void writeFailure(Reply.Failure failure, ByteBuf out) {
            out.writeByte('E');
        }
    }

    private static final class Failing extends PendingReply {
        Failing(StreamConnection connection) {
            super(connection);
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            out.writeBytes("half".getBytes(StandardCharsets.US_ASCII));
            throw new IllegalStateException("a test");
        }
    }

    private static final class OneByteProtocol implements StreamServer.Protocol {
        @Override
        public StreamConnection connect(StreamServer server, ChannelHandlerContext socket, String peer) {
            return new OneByteClient(server, socket, peer).stream;
        }

        @Override
        public int sharedPort() {
            return -9;
        }

        @Override
        public String portSetting() {
            return "test.port";
        }

        @Override
        public String full() {
            return "full";
        }

        @Override
        public String refusal(String message) {
            return message;
        }
    }

    @Test
    void a_request_that_fails_inside_the_node_is_answered_so_and_those_after_it_go_on() throws Exception {
        Vertx vertx = Vertx.vertx();
        StreamServer server = new StreamServer(
                vertx,
                new TestShards().dispatcher,
                new Buffers(16 << 20, 1, bytes -> bytes, () -> 0),
                new StreamLimits(1 << 20, 100, 1 << 20, 10, java.time.Duration.ZERO, java.time.Duration.ofSeconds(5)),
                new OneByteProtocol(),
                new ConnectionLimit(10),
                null);
        try {
            int port = server.listen("127.0.0.1", 0, 1).await(30, TimeUnit.SECONDS);
            try (Socket one = new Socket(InetAddress.getLoopbackAddress(), port);
                    Socket other = new Socket(InetAddress.getLoopbackAddress(), port)) {
                one.setSoTimeout(20_000);
                other.setSoTimeout(20_000);
                one.getOutputStream().write("..f.l.fl".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(one.getInputStream().readNBytes(8), StandardCharsets.US_ASCII))
                        .isEqualTo("..E.E.EE");
                other.getOutputStream().write('.');
                assertThat(other.getInputStream().read()).isEqualTo('.');
                one.getOutputStream().write("f.".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(one.getInputStream().readNBytes(2), StandardCharsets.US_ASCII))
                        .isEqualTo("E.");
            }
        } finally {
            server.close(() -> {});
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }
}
