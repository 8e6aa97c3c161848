package io.distcache.client.internal.link;

import io.distcache.client.NodeAddress;
import io.distcache.protocol.Hello;
import io.distcache.protocol.tls.TlsToNodes;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Attempts to connect to one address, one after the other: its host is looked up, its addresses are dialled, and the socket is given to a
 * {@link Connection}, all within a time. Confined to the event loop.
 */
final class Connecting {
    private static final long NO_LIMIT = Long.MAX_VALUE;
    private static final long MOST_COUNTED_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * Liveness.TICK_MILLIS);
    /** The system gives up an address only then; the attempt's own limit comes before. */
    private static final int LONGEST_DIAL_MILLIS = 60_000;

    private final NodeAddress address;
    private final long limitNanos;
    private final Encryption encryption;
    private final Introduction introduction;
    private final NetClient client;
    private final ContextInternal context;
    private final HostLookup lookup;
    /** Runs something on the context; does nothing once it has ended. */
    private final Consumer<Runnable> onContext;

    private @Nullable Dial dial;
    /** How much longer the attempt may take, not counting what this process stands still; {@link #NO_LIMIT} if it need not end. */
    private long leftNanos = NO_LIMIT;

    private String at = "";
    /** How often a node that had accepted a connection was no good, and so which of its host's addresses is tried first. */
    private int badAnswers;

    private boolean isNobodyThere;

    Connecting(
            NodeAddress address,
            long limitNanos,
            Encryption encryption,
            Introduction introduction,
            NetClient client,
            ContextInternal context,
            Consumer<Runnable> onContext) {
        this.address = address;
        this.limitNanos = limitNanos;
        this.encryption = encryption;
        this.introduction = introduction;
        this.client = client;
        this.context = context;
        this.onContext = onContext;
        this.lookup = new HostLookup(address.host());
    }

    /** Begins an attempt; what becomes of it the connection tells its owner. */
    void begin(Connection attempting) {
        isNobodyThere = false;
        leftNanos = limitNanos;
        CompletableFuture<@Nullable TlsToNodes> tls = encryption.ready();
        CompletableFuture<Hello.Client> hello = introduction.ready();
        CompletableFuture<Void> files = CompletableFuture.allOf(tls, hello);
        if (files.isDone() && !files.isCompletedExceptionally()) {
            attempting.introduce(hello.join());
            lookUp(attempting, tls.join());
            return;
        }
        at = "the files of TLS, or of the token, were not read";
        CompletableFuture<Void> unused = files.handle((none, failure) -> {
            onContext.accept(() -> {
                if (failure != null) {
                    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                    attempting.fail(String.valueOf(cause.getMessage()), cause);
                } else if (!attempting.isGone()) {
                    attempting.introduce(hello.join());
                    lookUp(attempting, tls.join());
                }
            });
            return null;
        });
    }

    private void lookUp(Connection attempting, @Nullable TlsToNodes tls) {
        at = "the addresses of its host " + address.host() + " were not found";
        CompletableFuture<Void> unused = lookup.begin().handle((found, failure) -> {
            onContext.accept(() -> lookedUp(attempting, tls, found, failure));
            return null;
        });
    }

    private void lookedUp(
            Connection attempting,
            @Nullable TlsToNodes tls,
            @Nullable List<InetAddress> found,
            @Nullable Throwable failure) {
        if (attempting.isGone()) {
            return;
        }
        if (found == null || found.isEmpty()) {
            isNobodyThere = true;
            attempting.fail("its host " + address.host() + " is not known", failure);
            return;
        }
        List<InetAddress> addresses = new ArrayList<>(found);
        Collections.rotate(addresses, -(badAnswers % addresses.size()));
        at = "no connection was made to " + shown(addresses);
        Dial dialing = new Dial(
                client,
                context,
                addresses,
                address.port(),
                LONGEST_DIAL_MILLIS,
                socket -> {
                    at = "it accepted the connection, but did not finish the handshake";
                    install(socket, attempting, tls);
                },
                (why, cause) -> {
                    isNobodyThere = true;
                    attempting.fail("it does not accept connections: " + why, cause);
                });
        dial = dialing;
        dialing.next();
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" or "));
    }

    /** Runs before the event loop reads from the new socket, so no byte passes by. */
    private void install(NetSocket socket, Connection attempted, @Nullable TlsToNodes tls) {
        if (attempted.isGone()) {
            socket.close();
            return;
        }
        ChannelPipeline pipeline =
                ((NetSocketInternal) socket).channelHandlerContext().pipeline();
        if (tls != null) {
            SslHandler encrypting = new SslHandler(tls.engine(address.host(), address.port()));
            // The attempt has a limit of its own.
            encrypting.setHandshakeTimeoutMillis(0);
            pipeline.addBefore("handler", "tls", encrypting);
        }
        pipeline.addBefore("handler", "distcache", attempted);
    }

    /**
     * Ends an attempt that has had its time. What counts is the time that this process ran: classes that were loaded on the event loop,
     * or a machine with other things to do, are no fault of the node's.
     */
    void count(@Nullable Connection attempting, long sinceTick) {
        if (attempting == null || leftNanos == NO_LIMIT) {
            return;
        }
        leftNanos -= Math.min(sinceTick, MOST_COUNTED_NANOS);
        if (leftNanos <= 0) {
            attempting.fail(at + " within " + TimeUnit.NANOSECONDS.toMillis(limitNanos) + " ms", null);
        }
    }

    /** The attempt need not end any more: the node is there. */
    void unlimit() {
        leftNanos = NO_LIMIT;
    }

    /**
     * An attempt, or the connection that came of it, has ended.
     *
     * @param wasNoGood whether there was a socket, and what listens there is no node that can be used
     * @return whether it ended since nobody is there
     */
    boolean ended(boolean wasNoGood) {
        leftNanos = NO_LIMIT;
        Dial dialing = dial;
        dial = null;
        if (dialing != null) {
            dialing.end();
        }
        if (wasNoGood) {
            badAnswers++;
        }
        return isNobodyThere;
    }
}
