package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Push;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Requests are read and executed on its event loop, there and then, and all replies of one read leave with
 * one flush, in the order of their requests. A client that does not read what it asked for is not read from until it does. Confined to its
 * event loop, save where it is said otherwise and what {@link Connection} allows.
 *
 * <p>It asks its parts whether the next request may be executed, and has it executed by its {@link StreamProtocol}. {@link RequestBytes} knows
 * what has come, {@link OrderedReplies} what is to be answered, {@link Turn} when it is others' turn, {@link ConnectionEnd} whether it goes on.
 */
public final class StreamConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(StreamConnection.class);
    private static final int DISMISS_MILLIS = 5000;

    private final StreamServer server;
    private final StreamProtocol protocol;
    private final ChannelHandlerContext socket;
    private final String peer;
    private final Handler handler = new Handler();
    private final Account account;
    private final ClientSession session;
    private final ConnectionEnd end;
    private final Turn turn;
    private final RequestBytes bytes;
    private final Outbox outbox;
    private final ReplySender sender;
    private final OrderedReplies replies;

    /** Whether bytes have been left that may be whole requests. */
    private boolean paused;

    private boolean hasSpoken;
    /** What is on the account, of the bytes not executed, of replies that wait for others, and of requests without a reply. */
    private long countedBytes;

    /**
     * The connection of a client that was let in.
     *
     * @param peer the client's address, {@code host:port}
     * @param protocol reads and executes its requests, from when the handler is added to the socket's
     */
    public StreamConnection(StreamServer server, ChannelHandlerContext socket, String peer, StreamProtocol protocol) {
        StreamLimits limits = server.limits();
        this.server = server;
        this.protocol = protocol;
        this.socket = socket;
        this.peer = peer;
        this.end = new ConnectionEnd(this, socket, peer, server.strangers());
        this.turn = new Turn(socket.executor(), this::work);
        this.account = server.buffers().open(why -> socket.executor().execute(() -> end.refuse(why)));
        this.session = new ClientSession(this, account, PoolRules.OWN_KEYS_ONLY);
        this.bytes = new RequestBytes(protocol, account, server.buffers(), limits.maxRequestBytes(), turn);
        this.outbox = new Outbox(account, this::drained);
        this.sender = new ReplySender(socket, outbox, limits.outputLimitBytes(), server.traffic(), end);
        this.replies = new OrderedReplies(protocol, sender, end, turn, limits.maxInFlight());
    }

    // --- whose it is, and what it is made of ---

    @Override
    public String name() {
        return protocol.name();
    }

    /** The client's address, {@code host:port}. */
    public String peer() {
        return peer;
    }

    /** Its own address. */
    public String local() {
        return String.valueOf(socket.channel().localAddress()).replaceFirst("^.*/", "");
    }

    /** What reads and executes its requests. */
    public StreamProtocol protocol() {
        return protocol;
    }

    /** Who the client is to the node. */
    public ClientSession session() {
        return session;
    }

    /** What the client has sent, and is not executed yet. */
    public RequestBytes bytes() {
        return bytes;
    }

    /** What the client is answered. */
    public OrderedReplies replies() {
        return replies;
    }

    /** Whether it goes on. */
    public ConnectionEnd end() {
        return end;
    }

    ChannelInboundHandlerAdapter handler() {
        return handler;
    }

    /** Whether replies are due that have not been made. */
    boolean hasUnanswered() {
        return replies.hasUnanswered();
    }

    @Override
    public void push(Push push) {
        // Events and estimates of waiting times have no place in these protocols.
    }

    @Override
    public void disconnect() {
        socket.close();
    }

    @Override
    public void dismiss(String why) {
        later(end::closeAfterReplies);
        Future<?> unused = afterwards(DISMISS_MILLIS, this::disconnect);
    }

    // --- when something is done ---

    /** When something was last done for the client, as {@link System#nanoTime} tells it; may be asked on any thread. */
    public long activeNanos() {
        return turn.activeNanos();
    }

    /** Whether what the connection does now has taken as long as it may in one go. */
    public boolean isTurnOver() {
        return turn.isOver();
    }

    /** A reply has come, perhaps before its place was taken; from any thread. */
    void completed() {
        turn.completed();
    }

    /** Runs something on the connection's event loop, after what it does now; from any thread. */
    public void later(Runnable action) {
        turn.later(action);
    }

    /** Runs something on the connection's event loop in so many milliseconds; from any thread. */
    public void laterBy(long millis, Runnable action) {
        turn.laterBy(millis, action);
    }

    /** Runs something on the connection's event loop when others had their turn: all that is readable there is read before. */
    public void afterOthers(Runnable action) {
        turn.afterOthers(action);
    }

    /** Runs something in so many milliseconds, also if the client is gone by then, unless it is cancelled. */
    public Future<?> afterwards(long millis, Runnable action) {
        return socket.executor().schedule(action, millis, TimeUnit.MILLISECONDS);
    }

    // --- a turn ---

    /** Takes a turn: does something, then what can be done for the client, and sends what it is answered. */
    private void work(Runnable first) {
        if (end.isBroken()) {
            return;
        }
        turn.begin();
        try {
            first.run();
            do {
                replies.drain();
                execute();
                takeBehind();
                // One write to the log for all requests of this read; their replies may come out of it.
                server.dispatcher().flush();
                replies.drain();
            } while (mayExecute() && !turn.givesWay() && ((!bytes.isEmpty() && paused) || bytes.canTakeBehind()));
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            turn.pause();
        }
        bytes.keepRest();
        sender.flush();
        count();
        if (replies.isEmpty() && outbox.isEmpty()) {
            end.closeIfDue();
        }
        readOrNot();
    }

    private void failed(Throwable e) {
        LOG.error("a request of {} failed", name(), e);
        end.refuse("it asked for something that failed inside the node: " + e);
    }

    /** The client has read all that was there for it. */
    private void drained() {
        if (!turn.isRunning()) {
            turn.comeBackAfterOthers();
        }
    }

    private void readOrNot() {
        if (end.isBroken()) {
            return;
        }
        boolean reads = mayExecute() && !turn.givesWay() && bytes.isReady();
        if (socket.channel().config().isAutoRead() != reads) {
            socket.channel().config().setAutoRead(reads);
        }
        if (turn.givesWay()) {
            turn.comeBackAfterOthers();
        }
    }

    private void count() {
        long now = bytes.heldBytes() + protocol.parsingBytes() + replies.heldBytes();
        if (now != countedBytes && !end.isBroken()) {
            account.add(now - countedBytes);
            countedBytes = now;
        }
    }

    // --- requests ---

    private boolean mayExecute() {
        return !end.isClosing() && replies.letExecute() && !sender.isBlocked();
    }

    /** Executes what is complete. */
    private void execute() {
        paused = false;
        long began = bytes.isEmpty() ? 0 : System.nanoTime();
        while (!bytes.isEmpty()) {
            if (turn.givesWay() || !mayExecute()) {
                paused = true;
                return;
            }
            int begin = bytes.from();
            boolean goesOn = replies.executeNext(bytes);
            long now = System.nanoTime();
            if (bytes.from() > begin) {
                protocol.executed(now - began);
            }
            began = now;
            if (!goesOn) {
                break;
            }
            // After each: a request of some bytes can mean much work, as one that appends to a large value does.
            if (turn.isOver(now) && !turn.givesWay()) {
                turn.giveWay();
                server.traffic().yielded();
            }
            if (bytes.wasLarge(begin) && !protocol.isMidway()) {
                bytes.leaveLarge();
            }
            sender.flushIfLong();
        }
    }

    private void takeAll(ByteBuf chunk) {
        while (chunk.isReadable()) {
            if (bytes.isFull()) {
                bytes.waitBehind(chunk);
                return;
            }
            bytes.take(chunk);
            execute();
            if (!paused && !end.isClosing()) {
                bytes.askForRoom();
            }
        }
    }

    private void takeBehind() {
        ByteBuf chunk = bytes.takeBehind();
        if (chunk != null) {
            try {
                takeAll(chunk);
            } finally {
                chunk.release();
            }
        }
    }

    /** Whether the client speaks the connection's protocol, as far as its first byte tells. */
    private boolean isUnderstood(ByteBuf chunk) {
        if (!hasSpoken && chunk.isReadable()) {
            hasSpoken = true;
            String strange = protocol.strangeProtocol(chunk.getByte(chunk.readerIndex()));
            if (strange != null) {
                end.refuseStranger(strange);
                return false;
            }
        }
        return true;
    }

    /** What happens on the socket. */
    private final class Handler extends ChannelInboundHandlerAdapter {
        private boolean isInRead;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            sender.begin(ctx);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf chunk = (ByteBuf) message;
            try {
                if (end.isClosing()) {
                    return;
                }
                if (isInRead) {
                    turn.goOn();
                } else {
                    isInRead = true;
                    turn.begin();
                }
                if (!isUnderstood(chunk)) {
                    return;
                }
                account.moved(chunk.readableBytes());
                server.traffic().read(chunk.readableBytes());
                if (!bytes.joinBehind(chunk)) {
                    takeAll(chunk);
                }
                if (!bytes.isReady()) {
                    ctx.channel().config().setAutoRead(false);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                failed(e);
            } finally {
                turn.pause();
                chunk.release();
                bytes.keepRest();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (isInRead && !end.isBroken()) {
                isInRead = false;
                // What was read may have taken a whole turn already.
                work(turn.givesWay() ? turn::giveWay : () -> {});
            }
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable() && !end.isBroken()) {
                outbox.writabilityChanged(ctx);
                drained();
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end.over();
            replies.close();
            sender.close();
            bytes.close();
            server.gone(StreamConnection.this);
            session.close();
            account.close();
            server.dispatcher().flush();
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
