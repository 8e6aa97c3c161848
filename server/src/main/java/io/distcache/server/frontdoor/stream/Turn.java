package io.distcache.server.frontdoor.stream;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * When a connection does something: it takes turns with the other connections of its event loop, each of which is to be short. Confined to the
 * event loop, save {@link #later}, {@link #laterBy}, {@link #activeNanos} and {@link #completed}.
 */
final class Turn {
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;

    private final EventExecutor loop;
    private final Consumer<Runnable> take;
    private final AtomicBoolean comesBack = new AtomicBoolean();
    private boolean running;
    private boolean givesWay;
    private long endsNanos;
    private volatile long activeNanos = System.nanoTime();

    /**
     * No turn yet.
     *
     * @param take takes a turn that begins with something, unless the connection has ended
     */
    Turn(EventExecutor loop, Consumer<Runnable> take) {
        this.loop = loop;
        this.take = take;
    }

    // --- the turn ---

    /** A turn begins. */
    void begin() {
        running = true;
        givesWay = false;
        long now = System.nanoTime();
        endsNanos = now + TURN_NANOS;
        activeNanos = now;
    }

    /** The turn goes on, with more that was read. */
    void goOn() {
        running = true;
    }

    /** Nothing is done for now. */
    void pause() {
        running = false;
    }

    /** Whether something is being done. */
    boolean isRunning() {
        return running;
    }

    /** Whether what the connection does now has taken as long as it may in one go. */
    boolean isOver() {
        return isOver(System.nanoTime());
    }

    boolean isOver(long nowNanos) {
        return nowNanos - endsNanos >= 0;
    }

    /** Others have their turn before anything more is done. */
    void giveWay() {
        givesWay = true;
    }

    /** Whether others have their turn first. */
    boolean givesWay() {
        return givesWay;
    }

    /** When something was last done for the client, as {@link System#nanoTime} tells it; may be asked on any thread. */
    long activeNanos() {
        return activeNanos;
    }

    // --- the next ones ---

    /** A reply has come, perhaps before its place was taken: takes a turn, if none is being taken. From any thread. */
    void completed() {
        if (loop.inEventLoop() && running) {
            return;
        }
        if (comesBack.compareAndSet(false, true)) {
            TurnEnd.wake(() -> loop.execute(this::comeBack));
        }
    }

    /** Takes a turn when others had theirs: not merely queued, which would be before anything else is read. */
    void comeBackAfterOthers() {
        if (comesBack.compareAndSet(false, true)) {
            ScheduledFuture<?> unused = loop.schedule(this::comeBack, 0, TimeUnit.NANOSECONDS);
        }
    }

    private void comeBack() {
        comesBack.set(false);
        take.accept(() -> {});
    }

    /** Runs something on the connection's event loop, after what it does now; from any thread. */
    void later(Runnable action) {
        loop.execute(() -> take.accept(action));
    }

    /** Runs something on the connection's event loop in so many milliseconds; from any thread. */
    void laterBy(long millis, Runnable action) {
        ScheduledFuture<?> unused = loop.schedule(() -> take.accept(action), millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs something on the connection's event loop when others had their turn: all that is readable there is read before. What is merely
     * queued runs before that, for up to a second if it queues itself again each time.
     */
    void afterOthers(Runnable action) {
        ScheduledFuture<?> unused = loop.schedule(() -> take.accept(action), 0, TimeUnit.NANOSECONDS);
    }
}
