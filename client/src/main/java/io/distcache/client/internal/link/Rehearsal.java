package io.distcache.client.internal.link;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.frame.FrameEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A handshake with a node that is only played, on the thread that makes Vert.x: so the classes that a handshake needs are loaded before
 * any attempt to connect begins, and not on the event loop while its time runs. Not on a caller's thread, with which Netty would leave its
 * thread locals, and so the class loader, for as long as that thread lives.
 */
final class Rehearsal {
    private static final long LIMIT_NANOS = 1_000_000_000;

    static {
        play();
    }

    private Rehearsal() {}

    /** Returns when it has been played, which happens once. */
    static void done() {}

    private static void play() {
        Hello.Client hello = new Hello.Client(Hello.VERSION, Hello.VERSION, 0, "rehearsal", Secret.NONE, 1000);
        Connection connection = new Connection(new Audience(), 1 << 20);
        connection.introduce(hello);
        EmbeddedChannel channel = new EmbeddedChannel(connection);
        CacheDefinition cache = CacheDefinition.of("rehearsal", "rehearsal");
        connection.drain(new ArrayDeque<>(List.of(
                Call.internal(new Command.Pool("", Membership.NONE), LIMIT_NANOS, (Consumer<Reply>) null),
                Call.internal(new Command.OpenCache(1, cache, true), LIMIT_NANOS, (Consumer<Reply>) null))));
        ByteBuf said = channel.alloc().buffer();
        FrameEncoder.encode(new Hello.Node(Hello.VERSION, 0, "rehearsal", 0, 1 << 20, 1, 1), said);
        FrameEncoder.encode(new Push.Health(report()), said);
        FrameEncoder.encode(new Reply.Members(Membership.NONE), 1, said);
        FrameEncoder.encode(new Reply.Opened(true, cache), 2, said);
        channel.writeInbound(said);
        channel.finishAndReleaseAll();
    }

    private static HealthReport report() {
        return HealthReport.in(HealthReport.State.SERVING).progressPercent(100).build();
    }

    /** Hears all and does nothing. */
    private static final class Audience implements Connection.Owner {
        @Override
        public void shookHands(Connection connection, Hello.Node node) {}

        @Override
        public void refused(Connection connection, Reply.Failure failure) {}

        @Override
        public void reply(Call call, Reply reply) {}

        @Override
        public void push(Push push, @Nullable Call causing) {}

        @Override
        public void writable() {}

        @Override
        public void unsendable(Call call, Throwable why) {
            throw new IllegalStateException("the rehearsal cannot be encoded", why);
        }

        @Override
        public void tooLarge(Call call, int frameBytes) {}

        @Override
        public void gone(Connection connection, List<Call> inFlight, String why, @Nullable Throwable cause) {}
    }
}
