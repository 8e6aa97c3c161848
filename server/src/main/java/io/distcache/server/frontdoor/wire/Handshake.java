package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Hello;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.access.AccessControl;
import io.distcache.server.access.Caller;
import io.distcache.server.access.Credentials;
import io.distcache.server.access.Login;
import io.distcache.server.access.Principal;
import io.distcache.server.frontdoor.stream.ConnectionEnd;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.session.ClientSession;
import io.distcache.server.tls.PeerCertificate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a native client comes in: its first bytes are those of a hello, the hello comes in time, and {@link Greeting} has nothing against it.
 * Confined to the connection's event loop, but for {@link #isDone}.
 */
final class Handshake {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
    private static final int REFUSAL_BYTES = 1024;

    private final ChannelHandlerContext socket;
    private final WireConfig config;
    private final ConnectionEnd end;
    private final String peer;
    private String client = "";
    private boolean hasSpoken;
    /** Whether the hello is there, and is being looked at. */
    private boolean asked;

    /** Read by other threads, too. */
    private volatile boolean done;

    /** Who goes on with a client that has come in. */
    interface Listener {
        /** The client may come in; {@code isLate} if what it has sent before has been read already. */
        void welcome(Hello.Client hello, boolean isLate);
    }

    /** Of a client that has said nothing yet. */
    Handshake(ChannelHandlerContext socket, WireConfig config, ConnectionEnd end, String peer) {
        this.socket = socket;
        this.config = config;
        this.end = end;
        this.peer = peer;
    }

    /** Whether the client has come in. */
    boolean isDone() {
        return done;
    }

    /** What the node's log calls the client. */
    String name() {
        return client.isEmpty() ? peer : client + " at " + peer;
    }

    /** From now on the client has a limited time for its hello. */
    void begin() {
        long millis = config.handshakeTimeout().toMillis();
        ScheduledFuture<?> unused = socket.executor()
                .schedule(
                        () -> {
                            if (!done && !asked) {
                                end.refuse("it said no hello within " + millis + "ms (server.handshake-timeout)");
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    /** Whether the client has begun as one of DistCache's does: with the length of its hello, whose first byte is 0. */
    boolean isHelloOrLater(ByteBuf chunk) {
        if (!hasSpoken && chunk.isReadable()) {
            hasSpoken = true;
            byte first = chunk.getByte(chunk.readerIndex());
            if (first != 0) {
                String known = Strangers.byFirstByte(first);
                end.refuseStranger(known != null ? known : "HTTP, RESP or something else that is text");
                return false;
            }
        }
        return true;
    }

    /**
     * Takes the first frame; if the client may come in, the listener is told, here and now or later on the event loop. A client that says no
     * secret, and has shown a certificate that the node trusts, is the user of the certificate's name.
     *
     * @param access who may
     * @param isReplicated whether this node is in a replicated pool
     * @param session of the client, which then knows its user
     */
    void hello(
            int type,
            ByteBuf body,
            AccessControl access,
            boolean isReplicated,
            ClientSession session,
            Listener listener) {
        if (type == PeerDoor.HELLO) {
            throw new ProtocolException("it comes as a member of a replicated pool, and this node is in none");
        }
        if (type != FrameEncoder.HELLO_CLIENT) {
            throw new ProtocolException("the first frame has type 0x" + Integer.toHexString(type) + ", not a hello");
        }
        if (asked) {
            throw new ProtocolException("a frame came before the hello was answered");
        }
        Hello.Client hello = FrameDecoder.clientHello(body);
        client = hello.client();
        Reply.Failure refusal = Greeting.refusal(hello, isReplicated);
        if (refusal != null) {
            refuse(refusal);
            return;
        }
        if (access.isOpen()) {
            done = true;
            listener.welcome(hello, false);
            return;
        }
        String certified = hello.token().isEmpty() ? PeerCertificate.name(socket.pipeline()) : null;
        if (certified != null && (hello.user().isEmpty() || hello.user().equals(certified))) {
            answered(hello, access.certifiedOnly(Caller.at("native", peer), certified), session, listener, false);
        } else {
            asked = true;
            Credentials said = new Credentials(hello.user(), hello.token());
            Thread here = Thread.currentThread();
            access.login(Caller.at("native", peer), said, login -> {
                if (Thread.currentThread() == here) {
                    answered(hello, login, session, listener, false);
                } else {
                    socket.executor().execute(() -> answered(hello, login, session, listener, true));
                }
            });
        }
    }

    private void answered(Hello.Client hello, Login login, ClientSession session, Listener listener, boolean isLate) {
        Principal who = login.principal();
        if (who == null) {
            if (!end.isBroken()) {
                refuse(new Reply.Failure(
                        login.isThrottled() ? Status.OVERLOADED : Status.UNAUTHORIZED, login.refusal()));
            }
            return;
        }
        session.principal(who);
        if (!end.isBroken()) {
            done = true;
            listener.welcome(hello, isLate);
        }
    }

    /** Tells the client why it may not come in, and ends its connection. */
    void refuse(Reply.Failure refusal) {
        ByteBuf buffer = socket.alloc().ioBuffer(REFUSAL_BYTES);
        FrameEncoder.encode(refusal, 0, buffer);
        end.over();
        LOG.warn("refused {}: {}", name(), refusal.message());
        socket.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends the connection because of a frame that makes no sense. */
    void refuseFrame(ProtocolException e) {
        if (done) {
            end.refuse(String.valueOf(e.getMessage()));
        } else {
            end.refuseAsStranger("its first frame is no hello: " + e.getMessage());
        }
    }
}
