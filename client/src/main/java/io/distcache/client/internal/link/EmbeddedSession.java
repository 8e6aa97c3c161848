package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.NodeListener;
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
import org.jspecify.annotations.Nullable;

/** A session with a node in this process: commands run on the caller's thread, without frames or hand-offs. Thread-safe. */
public final class EmbeddedSession extends NodeSession {
    private final NodeLink link;
    private final Map<Integer, Call> inFlight = new ConcurrentHashMap<>();
    private final AtomicInteger lastRequest = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    public EmbeddedSession(
            EmbeddedNode node, ClientConfig config, Map<Integer, CacheState> caches, SessionOwner owner) {
        super(config, caches, owner);
        this.link = node.connect(config.clientName(), this::pushed);
        places.resize(Math.min(config.maxInFlight(), link.node().maxInFlight()));
        tell(NodeListener.State.HEALTHY, "");
    }

    private void pushed(Push push) {
        int cause = push instanceof Push.Event event
                ? event.cause()
                : push instanceof Push.Queued queued ? queued.request() : 0;
        push(push, cause == 0 ? null : inFlight.get(cause));
    }

    @Override
    void send(Call call) {
        if (closed.get()) {
            giveBack(call);
            throw new IllegalStateException("the client of node " + where() + " is closed");
        }
        int request = register(call);
        call.claim();
        try {
            link.send(request, call.command, reply -> {
                if (inFlight.remove(request) != null) {
                    reply(call, reply);
                }
            });
        } catch (RuntimeException | Error e) {
            if (inFlight.remove(request) != null) {
                giveBack(call);
            }
            call.end(e);
            complete(call);
        }
        if (call.future != null && !call.ended()) {
            expireInTime(call);
        }
        if (closed.get()) {
            abandon(call);
        }
    }

    private void abandon(Call call) {
        if (inFlight.remove(call.request, call)) {
            giveBack(call);
            lose(call, "the client was closed", null);
        }
    }

    private int register(Call call) {
        while (true) {
            int request = lastRequest.incrementAndGet();
            call.request = request;
            if (request != 0 && inFlight.putIfAbsent(request, call) == null) {
                return request;
            }
        }
    }

    /** There is no event loop to look after calls that nobody waits for, so a timer does. */
    private void expireInTime(Call call) {
        long left = call.deadlineNanos() - System.nanoTime();
        if (left <= 0) {
            expire(call);
        } else {
            Future<?> due = OutcomeThreads.tellLater(() -> expireInTime(call), left);
            if (call.future != null) {
                CompletableFuture<Reply> unused = call.future.whenComplete((reply, failure) -> due.cancel(false));
            }
        }
    }

    @Override
    boolean canLoseReplies() {
        return false;
    }

    @Override
    void sendAck(Command.Ack ack) {
        if (!closed.get()) {
            link.send(nextId(), ack, reply -> {});
        }
    }

    @Override
    void closeHandle(int handle) {
        if (!closed.get()) {
            link.send(nextId(), new Command.CloseCache(handle), reply -> {});
        }
    }

    @Override
    public void subscribeLater(CacheState cache) {
        CacheState.Subscription wanted = cache.subscription();
        if (wanted != null && !closed.get()) {
            Command less =
                    new Command.Subscribe(cache.handle(), wanted.kinds(), wanted.syncKinds(), wanted.oldValues());
            link.send(nextId(), less, reply -> {});
        }
    }

    private int nextId() {
        int id = lastRequest.incrementAndGet();
        return id == 0 ? lastRequest.incrementAndGet() : id;
    }

    @Override
    public CompletableFuture<@Nullable Reply> openRegistered(CacheState cache) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<@Nullable Reply> subscribeRegistered(CacheState cache) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public NodeListener.State state() {
        return closed.get() ? NodeListener.State.CLOSED : NodeListener.State.HEALTHY;
    }

    @Override
    public boolean mayWait() {
        return true;
    }

    @Override
    int maxFrameBytes() {
        return link.node().maxFrameBytes();
    }

    @Override
    public String where() {
        return link.node().node() + " (embedded)";
    }

    @Override
    String whyNoReply() {
        return "";
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        link.close();
        List.copyOf(inFlight.values()).forEach(this::abandon);
        tell(NodeListener.State.CLOSED, "");
    }
}
