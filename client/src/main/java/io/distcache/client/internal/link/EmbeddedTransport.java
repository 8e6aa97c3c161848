package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.protocol.Command;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.NodeLink;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Commands to a node in this process run on the caller's thread, without frames or hand-offs. Thread-safe. */
final class EmbeddedTransport implements Transport {
    private final Outcomes outcomes;
    private final Pushes pushes;
    private final Map<Integer, Call> inFlight = new ConcurrentHashMap<>();
    private final AtomicInteger lastRequest = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final NodeLink link;

    EmbeddedTransport(EmbeddedNode node, ClientConfig config, Map<Integer, CacheState> caches, Pushes.Hearer hearer) {
        Places places = new Places(config.maxInFlight());
        this.outcomes = new Outcomes(this, caches, places, config.callTimeout().toNanos());
        this.pushes = new Pushes(caches, this, hearer);
        this.link = node.connect(config.clientName(), this::pushed);
        places.resize(Math.min(config.maxInFlight(), link.node().maxInFlight()));
    }

    private void pushed(Push push) {
        int cause = push instanceof Push.Event event
                ? event.cause()
                : push instanceof Push.Queued queued ? queued.request() : 0;
        pushes.push(push, cause == 0 ? null : inFlight.get(cause));
    }

    @Override
    public void send(Call call) {
        if (closed.get()) {
            outcomes.giveBack(call);
            throw new IllegalStateException("the client of node " + where() + " is closed");
        }
        int request = register(call);
        call.claim();
        try {
            link.send(request, call.command, reply -> {
                if (inFlight.remove(request) != null) {
                    outcomes.reply(call, reply);
                }
            });
        } catch (RuntimeException | Error e) {
            if (inFlight.remove(request) != null) {
                outcomes.giveBack(call);
            }
            call.end(e);
            outcomes.complete(call);
        }
        if (call.future != null && !call.ended()) {
            expireInTime(call);
        }
        if (closed.get()) {
            abandon(call);
        }
    }

    private int register(Call call) {
        while (true) {
            int request = nextRequest();
            call.request = request;
            if (inFlight.putIfAbsent(request, call) == null) {
                return request;
            }
        }
    }

    private int nextRequest() {
        int request = lastRequest.incrementAndGet();
        return request == 0 ? lastRequest.incrementAndGet() : request;
    }

    /** There is no event loop to look after calls that nobody waits for, so a timer does. */
    private void expireInTime(Call call) {
        long left = call.deadlineNanos() - System.nanoTime();
        if (left <= 0) {
            outcomes.expire(call);
        } else {
            Future<?> due = OutcomeThreads.tellLater(() -> expireInTime(call), left);
            if (call.future != null) {
                CompletableFuture<Reply> unused = call.future.whenComplete((reply, failure) -> due.cancel(false));
            }
        }
    }

    private void abandon(Call call) {
        if (inFlight.remove(call.request, call)) {
            outcomes.giveBack(call);
            outcomes.lose(call, "the client was closed", null);
        }
    }

    @Override
    public void tell(Supplier<@Nullable Command> command) {
        Command saying = command.get();
        if (saying != null && !closed.get()) {
            link.send(nextRequest(), saying, reply -> {});
        }
    }

    @Override
    public Outcomes outcomes() {
        return outcomes;
    }

    Pushes pushes() {
        return pushes;
    }

    boolean isClosed() {
        return closed.get();
    }

    @Override
    public boolean canLoseReplies() {
        return false;
    }

    @Override
    public boolean mayWait() {
        return true;
    }

    @Override
    public int maxFrameBytes() {
        return link.node().maxFrameBytes();
    }

    @Override
    public String where() {
        return link.node().node() + " (embedded)";
    }

    @Override
    public String whyNoReply() {
        return "";
    }

    /** Ends the link, and what is in flight; false if it had ended before. */
    boolean close() {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        link.close();
        List.copyOf(inFlight.values()).forEach(this::abandon);
        return true;
    }
}
