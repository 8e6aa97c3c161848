package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Commands go over whatever connection there is, or wait for one. Callers append to a queue and wake the event loop only if it is not
 * about to look; the loop sends everything queued in one write.
 *
 * <p>Callers that write to the socket themselves, and a spin before parking, were tried: no clear gain from 8 threads
 * on. Besides, a file descriptor that Netty closes while another thread writes to it may by then be another socket's.
 *
 * <p>Thread-safe; the stage is changed on the event loop only.
 */
final class SocketTransport implements Transport {
    /** Longer than any connection that takes nothing lasts. */
    private static final long TELL_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final Call[] NO_CALLS = {};

    private final EventLoop loop;
    private final Peer peer;
    private final Reachability reachability;
    private final Outcomes outcomes;
    private final Queue<Call> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainDue = new AtomicBoolean();
    private volatile Stage stage = new Stage.Away();

    SocketTransport(
            EventLoop loop,
            ClientConfig config,
            Peer peer,
            Reachability reachability,
            Map<Integer, CacheState> caches) {
        this.loop = loop;
        this.peer = peer;
        this.reachability = reachability;
        this.outcomes = new Outcomes(
                this,
                caches,
                new Places(config.maxInFlight()),
                config.callTimeout().toNanos());
    }

    /** How far the present connection has come. */
    Stage stage() {
        return stage;
    }

    /** The connection has come so far, and commands go over it accordingly; on the event loop. */
    void become(Stage next) {
        stage = next;
    }

    boolean isClosed() {
        return reachability.isClosed();
    }

    // --- calls

    @Override
    public void send(Call call) {
        if (reachability.isClosed()) {
            outcomes.giveBack(call);
            throw new IllegalStateException("the client of node " + where() + " is closed");
        }
        if (call.command instanceof Command.Settle && stage instanceof Stage.Leaving) {
            // The node that gave the lease still takes what it was taken for.
            direct(call);
            return;
        }
        queue.offer(call);
        drainSoon();
    }

    private void drainSoon() {
        if (!drainDue.get() && drainDue.compareAndSet(false, true)) {
            try {
                loop.execute(this::drainNow);
            } catch (RejectedExecutionException e) {
                // The client was closed between the check and here.
                loseQueue();
            }
        }
    }

    private void drainNow() {
        drainDue.set(false);
        drain();
    }

    /** Sends what is queued, if it can be; ends it, if it never will be. On the event loop. */
    void drain() {
        if (stage instanceof Stage.Admitted admitted) {
            admitted.connection().drain(queue);
            return;
        }
        if (stage instanceof Stage.Leaving leaving && leaving.takesCommands()) {
            drainSettlements(leaving.connection());
        }
        if (reachability.isDown() || reachability.isClosed()) {
            loseQueue();
        }
    }

    /** What was queued a moment before the node, or the client, began to leave; the lease is the connection's. */
    private void drainSettlements(Connection left) {
        Queue<Call> settlements = new ArrayDeque<>();
        queue.removeIf(call -> call.command instanceof Command.Settle && settlements.add(call));
        left.drain(settlements);
        queue.addAll(settlements);
    }

    /** Drops what has ended, and acknowledgements: the node has forgotten what they are about. On the event loop. */
    void tidyQueue() {
        long now = System.nanoTime();
        for (Call call : queue.toArray(NO_CALLS)) {
            if (call.future != null && call.deadlineNanos() - now <= 0) {
                outcomes.expire(call);
            }
        }
        queue.removeIf(call -> call.ended() || call.command instanceof Command.Ack);
    }

    /** Ends all that is queued. */
    void loseQueue() {
        String why = reachability.isClosed() ? "the client was closed" : "the node is down: " + reachability.trouble();
        Call call;
        while ((call = queue.poll()) != null) {
            outcomes.lose(call, why, reachability.troubleCause());
        }
    }

    /** Ends what is queued and has to go elsewhere. On the event loop. */
    void loseQueued(Predicate<Command> moved, String why) {
        for (Call call : queue.toArray(NO_CALLS)) {
            if (moved.test(call.command)) {
                outcomes.lose(call, why, null);
            }
        }
        queue.removeIf(Call::ended);
    }

    /** Ends what has to go elsewhere, if it was not sent, or does no harm if it is executed here, too. On the event loop. */
    void giveUp(Predicate<Command> moved, String why) {
        loseQueued(moved, why);
        Connection current = stage.connection();
        if (current != null) {
            for (Call call : current.inFlight()) {
                if (Failures.mayComeAgain(call.command) && moved.test(call.command)) {
                    // Its place is given back with its reply, or with the connection.
                    outcomes.lose(call, why, null);
                }
            }
        }
    }

    // --- beside calls

    @Override
    public void tell(Supplier<@Nullable Command> command) {
        onLoop(() -> {
            Stage now = stage;
            Command saying = command.get();
            if (saying == null || !(now.takesCommands() || now instanceof Stage.Opening)) {
                return;
            }
            Call call = Call.internal(saying, TELL_NANOS, (Consumer<Reply>) null);
            if (now instanceof Stage.Admitted) {
                // Behind what was asked before.
                queue.offer(call);
                drain();
            } else {
                direct(call);
            }
        });
    }

    /** Sends a command of the session's owner, past the queue and also to a node that is not admitted. */
    CompletableFuture<Reply> direct(Command command, long limitNanos) {
        CompletableFuture<Reply> future = new CompletableFuture<>();
        direct(Call.internal(command, limitNanos, future));
        return future;
    }

    private void direct(Call call) {
        try {
            loop.execute(() -> {
                Connection current = stage.connection();
                if (current == null || (call.takesPlace && !stage.takesCommands())) {
                    outcomes.lose(
                            call, "there is no connection: " + reachability.trouble(), reachability.troubleCause());
                } else {
                    current.drain(new ArrayDeque<>(List.of(call)));
                    if (!call.isSent() && !call.ended()) {
                        outcomes.lose(call, "the socket takes no more", null);
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            outcomes.lose(call, "the client was closed", null);
        }
    }

    /** Runs something on the event loop; nothing, if the client was closed. */
    void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The client was closed.
        }
    }

    // --- what is known of it

    @Override
    public Outcomes outcomes() {
        return outcomes;
    }

    @Override
    public boolean canLoseReplies() {
        return true;
    }

    @Override
    public boolean mayWait() {
        if (!Context.isOnEventLoopThread()) {
            return true;
        }
        // Nor on another session's, which may be waiting for this one's.
        for (EventExecutor any : loop.parent()) {
            if (any.inEventLoop()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int maxFrameBytes() {
        return peer.maxFrameBytes();
    }

    @Override
    public String where() {
        return peer.where();
    }

    @Override
    public String whyNoReply() {
        return reachability.whyNoReply();
    }
}
