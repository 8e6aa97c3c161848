package io.distcache.client.internal.pool;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over TCP that outlives its connections. Callers append to a queue and wake the event loop only if it is not about
 * to look; the loop sends everything queued in one write.
 *
 * <pre>
 *  CONNECTED ---- connection lost ----&gt; RECONNECTING ---- away for longer than a call may take ----&gt; DOWN
 *      ^                                     |                                                        |
 *      +---- shaken hands, caches opened ----+--------------------------------------------------------+
 * </pre>
 * While RECONNECTING calls wait in the queue up to their own time limit; while DOWN they fail at once.
 *
 * <p>Callers that write to the socket themselves, and a spin before parking, were tried: no clear gain from 8 threads
 * on. Besides, a file descriptor that Netty closes while another thread writes to it may by then be another socket's.
 *
 * <p>Thread-safe; what is not volatile or final is confined to the event loop.
 */
public final class SocketSession extends NodeSession {
    private static final Logger LOG = LoggerFactory.getLogger(SocketSession.class);
    private static final long TICK_MILLIS = 50;
    private static final long CLOSE_SECONDS = 5;
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Call[] NO_CALLS = {};

    private final NodeAddress address;
    private final SharedVertx shared;
    private final ContextInternal context;
    private final EventLoop loop;
    private final Backoff backoff;
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private final Queue<Call> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainDue = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile NodeListener.State state = NodeListener.State.RECONNECTING;
    private volatile String trouble = "";
    private volatile @Nullable Throwable troubleCause;
    private volatile Hello.@Nullable Node node;

    private @Nullable Connection connection;
    private @Nullable ScheduledFuture<?> attemptLimit;
    private @Nullable ScheduledFuture<?> nextAttempt;
    private @Nullable ScheduledFuture<?> ticks;
    private boolean refusedForGood;
    private long awaySinceNanos = System.nanoTime();
    private long connectedSinceNanos;
    private long heardNanos;

    private SocketSession(ClientConfig config, NodeAddress address, List<NodeListener> listeners, SharedVertx shared) {
        super(config, listeners);
        this.address = address;
        this.shared = shared;
        this.context = ((VertxInternal) shared.vertx()).createEventLoopContext();
        this.loop = context.nettyEventLoop();
        this.backoff = new Backoff(config.minBackoff(), config.maxBackoff());
    }

    /**
     * A session whose first connection stands.
     *
     * @throws UnreachableException if the node does not answer within the connect timeout
     * @throws io.distcache.client.RequestRefusedException if the node refuses this client
     */
    public static SocketSession connect(ClientConfig config, NodeAddress address, List<NodeListener> listeners) {
        SocketSession session = new SocketSession(config, address, listeners, SharedVertx.acquire());
        boolean connected = false;
        try {
            session.context.runOnContext(ignored -> session.attempt());
            session.awaitFirst();
            connected = true;
            return session;
        } finally {
            if (!connected) {
                session.close();
            }
        }
    }

    private void awaitFirst() {
        try {
            // The attempt ends itself; this limit only guards against an event loop that somebody blocks.
            first.get(2 * config.connectTimeout().toMillis() + 1000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted while connecting to node " + where(), e);
        } catch (TimeoutException e) {
            throw new UnreachableException(
                    "connecting to node " + where() + " did not end; is its event loop blocked?");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DistCacheException known) {
                throw known;
            }
            throw new UnreachableException("node " + where() + " cannot be reached", e.getCause());
        }
    }

    // --- connecting, on the event loop

    private void attempt() {
        if (closed.get()) {
            return;
        }
        Connection attempted = new Connection(
                new ConnectionEvents(),
                new Hello.Client(Hello.VERSION, Hello.VERSION, 0, config.clientName(), config.token(), (int)
                        config.healthInterval().toMillis()),
                config.maxReplyBytes());
        connection = attempted;
        long limit = config.connectTimeout().toMillis();
        attemptLimit = loop.schedule(
                () -> attempted.fail("no connection and handshake within " + limit + " ms", null),
                limit,
                TimeUnit.MILLISECONDS);
        ConnectOptions options = new ConnectOptions()
                .setHost(address.host())
                .setPort(address.port())
                .setTimeout((int) limit);
        shared.netClient().connect(options).onComplete((socket, failure) -> {
            if (failure != null) {
                attempted.fail("it does not accept connections: " + failure.getMessage(), failure);
            } else {
                install(socket, attempted);
            }
        });
    }

    /** Runs before the event loop reads from the new socket, so no byte passes by. */
    private static void install(NetSocket socket, Connection attempted) {
        if (attempted.isGone()) {
            socket.close();
            return;
        }
        ((NetSocketInternal) socket).channelHandlerContext().pipeline().addBefore("handler", "distcache", attempted);
    }

    private void refused(Connection refusing, Reply.Failure failure) {
        DistCacheException why = Failures.refused(failure, "the handshake with node " + where() + " was");
        // A wrong secret or version does not heal by itself: callers hear of it at once.
        refusedForGood = failure.status() == Status.UNAUTHORIZED || failure.status() == Status.VERSION_MISMATCH;
        refusing.fail(String.valueOf(why.getMessage()), why);
    }

    private void shookHands(Connection shaken, Hello.Node said) {
        Hello.Node before = node;
        node = said;
        places.resize(Math.min(config.maxInFlight(), said.maxInFlight()));
        if (ticks == null) {
            ticks = loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
        heardNanos = System.nanoTime();
        boolean sameNode = before != null && before.incarnation() == said.incarnation();
        Queue<Call> again = new ConcurrentLinkedQueue<>();
        Reopening reopening = new Reopening(shaken);
        for (CacheState cache : caches.values()) {
            if (cache.destroyed()) {
                continue;
            }
            // A node that was restarted may have come back empty; one that was not has been told to forget the cache.
            again.add(reopening.step(
                    new Command.OpenCache(cache.handle, cache.definition, !sameNode),
                    reply -> reopened(shaken, cache, reply)));
            CacheState.Subscription wanted = cache.subscription;
            if (wanted != null) {
                again.add(reopening.step(
                        new Command.Subscribe(cache.handle, wanted.kinds(), wanted.syncKinds(), wanted.oldValues()),
                        reply -> {}));
            }
        }
        reopening.left = again.size();
        if (again.isEmpty()) {
            connected(shaken);
        } else {
            shaken.drain(again);
        }
    }

    private static void reopened(Connection shaken, CacheState cache, Reply reply) {
        if (reply instanceof Reply.Opened opened) {
            if (!cache.definition.differences(opened.definition()).isEmpty()) {
                cache.markDestroyed();
            }
        } else if (reply instanceof Reply.Failure failure
                && (failure.status() == Status.NO_SUCH_CACHE || failure.status() == Status.DEFINITION_DIFFERS)) {
            cache.markDestroyed();
        } else {
            shaken.fail("cache " + cache.name() + " could not be opened again: " + reply, null);
        }
    }

    /** Counts the replies that must come before calls go on. */
    private final class Reopening {
        private final Connection shaken;
        private int left;

        Reopening(Connection shaken) {
            this.shaken = shaken;
        }

        Call step(Command command, java.util.function.Consumer<Reply> then) {
            return Call.internal(command, callNanos, reply -> {
                then.accept(reply);
                left--;
                if (left == 0 && !shaken.isGone()) {
                    connected(shaken);
                }
            });
        }
    }

    private void connected(Connection shaken) {
        cancel(attemptLimit);
        refusedForGood = false;
        connectedSinceNanos = System.nanoTime();
        state = NodeListener.State.CONNECTED;
        trouble = "";
        troubleCause = null;
        if (LOG.isInfoEnabled()) {
            LOG.info("connected to node {} in-flight bound {}", where(), places.bound());
        }
        first.complete(null);
        tell(NodeListener.State.CONNECTED, "");
        shaken.drain(queue);
    }

    // --- losing the connection, on the event loop

    private void gone(List<Call> inFlight, String why, @Nullable Throwable cause) {
        cancel(attemptLimit);
        connection = null;
        trouble = why;
        troubleCause = cause;
        if (state == NodeListener.State.CONNECTED && !closed.get()) {
            awaySinceNanos = System.nanoTime();
            if (awaySinceNanos - connectedSinceNanos > STEADY_NANOS) {
                backoff.reset();
            }
            state = NodeListener.State.RECONNECTING;
            forgetHealth();
            LOG.warn("lost the connection to node {}: {}; {} calls were in flight", where(), why, inFlight.size());
            tell(NodeListener.State.RECONNECTING, why);
        }
        for (Call call : inFlight) {
            giveBack(call);
            lose(call, why, cause);
        }
        if (closed.get()) {
            return;
        }
        if (!first.isDone()) {
            first.completeExceptionally(
                    cause instanceof DistCacheException
                            ? cause
                            : new UnreachableException("node " + where() + " cannot be reached: " + why, cause));
            return;
        }
        tidyQueue();
        downIfAwayTooLong();
        nextAttempt = loop.schedule(
                () -> context.runOnContext(ignored -> attempt()), backoff.nextMillis(), TimeUnit.MILLISECONDS);
    }

    private void downIfAwayTooLong() {
        if (state == NodeListener.State.RECONNECTING
                && (refusedForGood || System.nanoTime() - awaySinceNanos > callNanos)) {
            state = NodeListener.State.DOWN;
            LOG.warn("node {} is down: {}; calls fail at once until it is back", where(), trouble);
            tell(NodeListener.State.DOWN, trouble);
        }
        if (state == NodeListener.State.DOWN) {
            loseQueue();
        }
    }

    /** Drops what has ended, and acknowledgements: the node has forgotten what they are about. */
    private void tidyQueue() {
        long now = System.nanoTime();
        for (Call call : queue.toArray(NO_CALLS)) {
            if (call.future != null && call.deadlineNanos() - now <= 0) {
                expire(call);
            }
        }
        queue.removeIf(call -> call.ended() || call.command instanceof Command.Ack);
    }

    private void loseQueue() {
        String why = closed.get()
                ? "the client was closed"
                : "the node has been away for " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - awaySinceNanos)
                        + " ms: " + trouble;
        Call call;
        while ((call = queue.poll()) != null) {
            lose(call, why, troubleCause);
        }
    }

    /** Looks after what no event looks after: silence, and calls that nobody waits for. */
    private void tick() {
        Connection current = connection;
        if (state != NodeListener.State.CONNECTED || current == null) {
            tidyQueue();
            downIfAwayTooLong();
            return;
        }
        long now = System.nanoTime();
        if (current.heardSinceLastAsked()) {
            heardNanos = now;
        } else if (now - heardNanos > config.silenceLimit().toNanos()) {
            current.fail(
                    "nothing came from the node for " + config.silenceLimit().toMillis() + " ms", null);
            return;
        }
        List<Call> overdue = new ArrayList<>(0);
        for (Call call : current.inFlight()) {
            if (call.deadlineNanos() - now <= 0) {
                overdue.add(call);
            }
        }
        List<Call> forgotten = new ArrayList<>(0);
        for (Call call : overdue) {
            if (call.future != null) {
                expire(call);
            }
            if (now - call.deadlineNanos() > extensionNanos) {
                forgotten.add(call);
            }
        }
        current.forget(forgotten).forEach(this::giveBack);
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    // --- calls

    @Override
    void send(Call call) {
        if (closed.get()) {
            giveBack(call);
            throw new IllegalStateException("the client of node " + where() + " is closed");
        }
        queue.offer(call);
        drainSoon();
    }

    @Override
    void sendAck(Command.Ack ack) {
        if (state == NodeListener.State.CONNECTED) {
            queue.offer(Call.internal(ack, callNanos, null));
            drainSoon();
        }
    }

    private void drainSoon() {
        if (!drainDue.get() && drainDue.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The client was closed between the check and here.
                loseQueue();
            }
        }
    }

    private void drain() {
        drainDue.set(false);
        Connection current = connection;
        if (state == NodeListener.State.CONNECTED && current != null) {
            current.drain(queue);
        } else if (state == NodeListener.State.DOWN || closed.get()) {
            loseQueue();
        }
    }

    private void unsendable(Call call, RuntimeException why) {
        giveBack(call);
        if (call.end(why)) {
            complete(call);
        }
    }

    @Override
    public NodeListener.State state() {
        return state;
    }

    @Override
    boolean mayWait() {
        return !loop.inEventLoop();
    }

    @Override
    int maxFrameBytes() {
        Hello.Node said = node;
        return said == null ? Integer.MAX_VALUE : said.maxFrameBytes();
    }

    @Override
    public String where() {
        Hello.Node said = node;
        return said == null || said.node().isEmpty() ? address.toString() : said.node() + " (" + address + ")";
    }

    @Override
    String whyNoReply() {
        NodeListener.State now = state;
        return now == NodeListener.State.CONNECTED ? "" : ", and the node has been away: " + trouble;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                closeOnLoop();
                done.complete(null);
            });
            if (mayWait()) {
                done.get(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
            LOG.warn("the session with node {} did not close within {} s", where(), CLOSE_SECONDS, e);
        }
        shared.release();
    }

    private void closeOnLoop() {
        cancel(ticks);
        cancel(nextAttempt);
        cancel(attemptLimit);
        if (connection != null) {
            connection.fail("the client was closed", null);
        }
        state = NodeListener.State.CLOSED;
        loseQueue();
        tell(NodeListener.State.CLOSED, "");
    }

    /** What a connection tells, on the event loop. */
    private final class ConnectionEvents implements Connection.Owner {
        @Override
        public void shookHands(Connection shaken, Hello.Node said) {
            SocketSession.this.shookHands(shaken, said);
        }

        @Override
        public void refused(Connection refusing, Reply.Failure failure) {
            SocketSession.this.refused(refusing, failure);
        }

        @Override
        public void reply(Call call, Reply reply) {
            SocketSession.this.reply(call, reply);
        }

        @Override
        public void push(Push push, @Nullable Call causing) {
            SocketSession.this.push(push, causing);
        }

        @Override
        public void writable() {
            drain();
        }

        @Override
        public void unsendable(Call call, RuntimeException why) {
            SocketSession.this.unsendable(call, why);
        }

        @Override
        public void tooLarge(Call call, int frameBytes) {
            SocketSession.this.unsendable(call, frameTooLarge(call.command, frameBytes));
        }

        @Override
        public void gone(Connection lost, List<Call> inFlight, String why, @Nullable Throwable cause) {
            SocketSession.this.gone(inFlight, why, cause);
        }
    }
}
