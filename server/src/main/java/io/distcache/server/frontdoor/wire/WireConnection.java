package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.server.frontdoor.Newcomers;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.stream.ConnectionEnd;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One native client's connection. Frames are read and executed on its event loop, and what is answered in one go is written with one
 * flush. Confined to its event loop, save {@link #disconnect}, {@link #hasUnanswered} and what {@link Connection} allows.
 *
 * <p>A client that does not read what it asked for is not read from until it does. A long command is read when there is room for it; if
 * there is none for too long it is refused as overloaded, and its bytes are skipped. It decides when the client is read from. How the client comes in is told by {@link Handshake}, what its frames do by {@link WireCommands},
 * what it is answered by {@link WireAnswers}, where long frames lie by {@link FrameRoom}, and whether it has given the node up by {@link
 * StandStill}.
 */
final class WireConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);
    private static final int HELLO_MAX_BYTES = 16 * 1024;
    private static final int LEAST_HEALTH_MILLIS = 100;
    private static final int DISMISS_MILLIS = 5000;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;
    /** What the node keeps of a command whose reply comes later. */
    private static final int UNANSWERED_BYTES = 128;

    private final WireServer server;
    private final ChannelHandlerContext socket;
    private final Handler handler = new Handler();
    private final Newcomers.Newcomer newcomer;
    private final String peer;
    private final ConnectionEnd end;
    private final Handshake handshake;
    private final StandStill standStill;
    private final Account account;
    private final ClientSession session;
    private final Outbox outbox;
    private final WireAnswers answers;
    private final WireCommands commands;
    private final FrameRoom room;
    private final FrameReader reader;
    private final FrameReader.Sink sink = this::frame;
    /** What is on the account for unfinished frames and for commands whose reply comes later. */
    private long countedBytes;

    private @Nullable ChannelHandlerContext context;
    /** Whether others have their turn before the rest of what has come. */
    private boolean yielded;

    private boolean resumes;
    private long turnEndsNanos;

    /** A client that has said nothing yet. */
    WireConnection(
            WireServer server,
            ChannelHandlerContext socket,
            String peer,
            LoopPulse pulse,
            Newcomers.Newcomer newcomer) {
        WireConfig config = server.config();
        this.server = server;
        this.socket = socket;
        this.newcomer = newcomer;
        this.peer = peer;
        this.end = new ConnectionEnd(this, socket, peer, server.strangers());
        this.handshake = new Handshake(socket, config, end, peer);
        this.standStill = new StandStill(pulse);
        this.account = server.buffers().open(why -> soon(() -> end.refuse(why)));
        this.session = new ClientSession(this, account, PoolRules.MUST_TELL);
        this.outbox = new Outbox(account, this::resumeSoon);
        this.answers = new WireAnswers(
                socket, outbox, config.outputLimitBytes(), this::soon, end, this::readOrNot, this::count);
        this.commands = new WireCommands(server.dispatcher(), config.maxInFlight(), session, answers);
        this.room = new FrameRoom(
                server.buffers(),
                account,
                answers,
                this::soon,
                () -> !answers.isBlocked() && !end.isBroken() && !yielded,
                this::goOn);
        this.reader = new FrameReader(socket.alloc(), HELLO_MAX_BYTES, room);
    }

    /** Who the client is to the node. */
    ClientSession session() {
        return session;
    }

    ChannelInboundHandlerAdapter handler() {
        return handler;
    }

    @Override
    public String name() {
        return handshake.name();
    }

    /** Whether the client has said who it is, and may be told something. On any thread. */
    boolean isIn() {
        return handshake.isDone();
    }

    @Override
    public void push(Push push) {
        answers.send(push);
    }

    /** Whether replies are due that have not been made. */
    boolean hasUnanswered() {
        return commands.hasUnanswered();
    }

    @Override
    public void disconnect() {
        socket.close();
    }

    @Override
    public void dismiss(String why) {
        if (!isIn()) {
            disconnect();
            return;
        }
        HealthReport now = server.health().get();
        push(new Push.Health(new HealthReport(
                HealthReport.State.DRAINING,
                why,
                0,
                now.node(),
                now.incarnation(),
                now.version(),
                now.notReady(),
                now.figures())));
        // A client closes when its last reply is there, and its last lease settled.
        ScheduledFuture<?> unused = socket.executor().schedule(this::disconnect, DISMISS_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Runs something on the event loop after what it does now; if it fails, the connection ends. */
    private void soon(Runnable action) {
        socket.executor().execute(() -> orClose(action));
    }

    private void orClose(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("connection of {} failed", name(), e);
            socket.close();
        }
    }

    // --- when it is read from ---

    private void readOrNot() {
        ChannelHandlerContext ctx = context;
        boolean reads = !answers.isBlocked() && !room.isAwaited() && !yielded;
        if (ctx != null && ctx.channel().config().isAutoRead() != reads) {
            ctx.channel().config().setAutoRead(reads);
        }
    }

    /** The client has read, or there is room for what it sends. */
    private void goOn() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || end.isBroken() || !answers.unblock(ctx)) {
            return;
        }
        beginTurn();
        answers.gather(true);
        try {
            reader.resume(sink);
        } catch (ProtocolException e) {
            handshake.refuseFrame(e);
        } finally {
            answers.gather(false);
        }
        endRead();
    }

    private void beginTurn() {
        yielded = false;
        turnEndsNanos = System.nanoTime() + TURN_NANOS;
    }

    /** Goes on when others had their turn. */
    private void resumeSoon() {
        if (!resumes) {
            resumes = true;
            // Not merely queued, which would be before anything else is read.
            ScheduledFuture<?> unused = socket.executor()
                    .schedule(
                            () -> {
                                resumes = false;
                                orClose(this::goOn);
                            },
                            0,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void endRead() {
        // One write to the log for all commands of this read; their replies may come out of it, and go out with the
        // rest.
        answers.gather(true);
        try {
            server.dispatcher().flush();
        } finally {
            answers.gather(false);
        }
        answers.flush();
        if (end.isBroken()) {
            return;
        }
        count();
        readOrNot();
        if (yielded) {
            resumeSoon();
        }
    }

    private void count() {
        long now = reader.keptBytes() + (long) answers.later() * UNANSWERED_BYTES;
        if (now != countedBytes) {
            account.add(now - countedBytes);
            countedBytes = now;
        }
    }

    // --- frames ---

    private void frame(int type, int request, ByteBuf body) {
        if (end.isBroken()) {
            return;
        }
        if (!handshake.isDone()) {
            PeerDoor door = server.peers();
            if (type == PeerDoor.HELLO && door != null) {
                handOver(door, body);
            } else if (newcomer.mustBeMember()) {
                handshake.refuse(new Reply.Failure(Status.OVERLOADED, server.full()));
            } else {
                boolean isReplicated = server.dispatcher().replicas().isReplicated();
                handshake.hello(type, body, server.dispatcher().access(), isReplicated, session, this::welcome);
            }
            return;
        }
        if (stoodStill()) {
            return;
        }
        try {
            commands.execute(type, request, body);
        } finally {
            room.giveBack();
        }
        yielded = System.nanoTime() - turnEndsNanos >= 0;
    }

    /** Another member of the node's pool: no client, and so out of all that is for clients. It says nothing more before it is answered. */
    private void handOver(PeerDoor door, ByteBuf body) {
        byte[] hello = new byte[body.readableBytes()];
        body.readBytes(hello);
        end.over();
        soon(() -> {
            if (socket.channel().isActive()) {
                socket.pipeline().remove(handler);
                close();
                newcomer.leave();
                door.accepted(socket, peer, hello);
            }
        });
    }

    private void close() {
        end.over();
        reader.close();
        answers.close();
        server.gone(this);
        session.close();
        account.close();
        // Its leases have ended, so others' changes went on.
        server.dispatcher().flush();
    }

    private void welcome(Hello.Client hello, boolean isLate) {
        standStill.greeted(hello.healthMillis());
        reader.limit(server.config().maxFrameBytes());
        answers.greet(server.hello());
        answers.encode(new Push.Health(server.health().get()));
        if (hello.healthMillis() > 0) {
            int every = Math.max(LEAST_HEALTH_MILLIS, hello.healthMillis());
            ScheduledFuture<?> unused =
                    socket.executor().scheduleAtFixedRate(this::pushHealth, every, every, TimeUnit.MILLISECONDS);
        }
        if (isLate) {
            endRead();
        }
    }

    private void pushHealth() {
        if (session.isClosed()) {
            throw new CancellationException("connection closed");
        }
        push(new Push.Health(server.health().get()));
    }

    /**
     * Ends the connection if the node has stood still for too long; whether it has. Asked before each command, not only before each read: a
     * process can be stopped amid the many commands of one read. What is left is that it is stopped within a command, a few microseconds.
     */
    private boolean stoodStill() {
        String why = standStill.reasonToEnd();
        if (why == null) {
            return false;
        }
        end.refuse(why);
        return true;
    }

    /** Commands that wait for leases are not executed late either: the connection ends, also if nothing comes in. */
    void loopWasLate(LoopPulse late) {
        if (standStill.isOf(late) && handshake.isDone() && !end.isBroken()) {
            boolean unused = stoodStill();
        }
    }

    @Override
    public boolean isGivenUp() {
        if (!standStill.isTooLong()) {
            return false;
        }
        // The loop has not found out yet, and whoever asks will not answer.
        disconnect();
        return true;
    }

    /** What happens on the socket. */
    private final class Handler extends ChannelInboundHandlerAdapter {
        private boolean isInRead;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
            answers.begin(ctx);
            handshake.begin();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf chunk = (ByteBuf) message;
            try {
                if (!end.isBroken() && handshake.isHelloOrLater(chunk)) {
                    if (!answers.isBlocked()) {
                        account.moved(chunk.readableBytes());
                    }
                    if (!isInRead && !resumes) {
                        beginTurn();
                    }
                    isInRead = true;
                    answers.gather(true);
                    reader.read(chunk, sink);
                }
            } catch (ProtocolException e) {
                handshake.refuseFrame(e);
            } finally {
                answers.gather(false);
                chunk.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            isInRead = false;
            endRead();
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                soon(() -> {
                    outbox.writabilityChanged(ctx);
                    if (answers.isBlocked()) {
                        resumeSoon();
                    }
                });
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            close();
            ctx.fireChannelInactive();
        }

        @Override
        @SuppressWarnings("deprecation") // the callback itself is not deprecated, only its place in Netty's hierarchy
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof IOException) {
                LOG.debug("connection of {} broke: {}", name(), cause.toString());
            } else {
                LOG.error("connection of {} failed", name(), cause);
            }
            ctx.close();
        }
    }
}
