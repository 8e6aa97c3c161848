package io.distcache.client.internal.link;

import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one of a host's addresses: to the next when one has refused or has not answered for a moment, as "happy eyeballs" does
 * (RFC 8305 §5). Who accepts first is taken, and what comes later is closed. Confined to one event loop.
 */
final class Dial {
    private static final long NEXT_AFTER_MILLIS = 250;

    private final NetClient client;
    private final ContextInternal context;
    private final List<InetAddress> addresses;
    private final int port;
    private final int limitMillis;
    private final Consumer<NetSocket> accepted;
    private final BiConsumer<String, Throwable> refused;
    private final StringBuilder reasons = new StringBuilder();
    private @Nullable ScheduledFuture<?> next;
    private int begun;
    private int failed;
    private boolean ended;

    /**
     * Not begun yet.
     *
     * @param accepted gets the socket, before anything is read from it
     * @param refused gets why none of the addresses has accepted
     */
    Dial(
            NetClient client,
            ContextInternal context,
            List<InetAddress> addresses,
            int port,
            int limitMillis,
            Consumer<NetSocket> accepted,
            BiConsumer<String, Throwable> refused) {
        this.client = client;
        this.context = context;
        this.addresses = addresses;
        this.port = port;
        this.limitMillis = limitMillis;
        this.accepted = accepted;
        this.refused = refused;
    }

    /** Tries the next address, if there is one. */
    void next() {
        if (next != null) {
            next.cancel(false);
        }
        if (ended || begun == addresses.size()) {
            return;
        }
        InetAddress address = addresses.get(begun++);
        ConnectOptions options = new ConnectOptions()
                // As numbers, which nobody looks up.
                .setHost(address.getHostAddress())
                .setPort(port)
                .setTimeout(limitMillis);
        client.connect(options).onComplete((socket, failure) -> {
            if (failure != null) {
                failed(address, failure);
            } else if (ended) {
                socket.close();
            } else {
                end();
                accepted.accept(socket);
            }
        });
        if (begun < addresses.size()) {
            next = context.nettyEventLoop()
                    .schedule(() -> context.runOnContext(ignored -> next()), NEXT_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void failed(InetAddress address, Throwable failure) {
        failed++;
        if (ended) {
            return;
        }
        reasons.append(reasons.length() == 0 ? "" : "; ").append(reason(address, failure));
        if (failed == addresses.size()) {
            end();
            refused.accept(reasons.toString(), failure);
        } else {
            next();
        }
    }

    private String reason(InetAddress address, Throwable failure) {
        String said = String.valueOf(failure.getMessage());
        return said.contains(address.getHostAddress()) ? said : address.getHostAddress() + ": " + said;
    }

    /** Takes nothing that comes from now on. */
    void end() {
        ended = true;
        if (next != null) {
            next.cancel(false);
        }
    }
}
