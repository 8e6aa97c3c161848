package io.distcache.jcache.internal.event;

import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.codec.Codec;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.protocol.Command;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import javax.cache.Cache;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache's listeners in this process. Events come from the node in the order of each entry's changes and are dispatched in that
 * order, on one thread for synchronous listeners and one for asynchronous ones. A call that causes events returns when the
 * synchronous listeners here have run, unless they are {@linkplain Patience late}; the node sees to those in other processes.
 * Thread-safe.
 */
public final class EventHub<K, V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    private static final int QUEUE_EVENTS = 100_000;
    private static final EventType[] TYPES = {EventType.CREATED, EventType.UPDATED, EventType.REMOVED, EventType.EXPIRED
    };

    private final Cache<K, V> cache;
    private final RemoteCache remote;
    private final Codec keys;
    private final Codec values;
    private final Duration listenerLimit;
    private final Patience patience;
    private final Dispatcher synchronous;
    private final Dispatcher asynchronous;
    private final Hearing hearing = new Hearing(new WeakReference<>(this));
    private final LongAdder lost = new LongAdder();
    private volatile List<Registration<K, V>> registrations = List.of();
    private volatile boolean hasSynchronous;
    private volatile boolean closed;

    /**
     * A hub without listeners; a caller waits for synchronous ones at most {@code listenerLimit}. Asynchronous ones, and those of events
     * that come from elsewhere, run with {@code context} as their thread's context class loader.
     */
    public EventHub(
            Cache<K, V> cache,
            RemoteCache remote,
            Codec keys,
            Codec values,
            Duration listenerLimit,
            ClassLoader context) {
        this.cache = cache;
        this.remote = remote;
        this.keys = keys;
        this.values = values;
        this.listenerLimit = listenerLimit;
        this.patience = new Patience(listenerLimit);
        this.synchronous = new Dispatcher("sync-events-" + cache.getName(), context);
        this.asynchronous = new Dispatcher("events-" + cache.getName(), context);
    }

    /** One ordered thread that exists while there is something to do. */
    private static final class Dispatcher extends ThreadPoolExecutor {
        private static final Object WAITS = new Object();

        /** The dispatcher whose listeners a listener on this one's thread waits for. Guarded by {@link #WAITS}. */
        private @Nullable Dispatcher waitsFor;

        Dispatcher(String name, ClassLoader context) {
            super(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE_EVENTS));
            setThreadFactory(task -> OwnThread.made(() -> new EventThread(this, task, "distcache-" + name), context));
            allowCoreThreadTimeOut(true);
        }

        /** The dispatcher that the current thread belongs to; null if it is no event thread. */
        static @Nullable Dispatcher current() {
            return Thread.currentThread() instanceof EventThread thread ? thread.dispatcher : null;
        }

        boolean isCurrentThread() {
            return current() == this;
        }

        /**
         * A listener here is about to wait for those of {@code other}. Returns false, and it must not, if these already wait, in
         * however many steps, for this one.
         */
        boolean beginToWaitFor(Dispatcher other) {
            synchronized (WAITS) {
                for (Dispatcher next = other; next != null; next = next.waitsFor) {
                    if (next == this) {
                        return false;
                    }
                }
                waitsFor = other;
                return true;
            }
        }

        void endToWait() {
            synchronized (WAITS) {
                waitsFor = null;
            }
        }
    }

    /** A thread that runs listeners. */
    private static final class EventThread extends Thread {
        private final Dispatcher dispatcher;

        EventThread(Dispatcher dispatcher, Runnable task, String name) {
            super(null, task, name, 0, false);
            this.dispatcher = dispatcher;
        }
    }

    /** Whether the current thread runs listeners, of whichever cache. */
    public static boolean isEventThread() {
        return Dispatcher.current() != null;
    }

    /** Sends a command and waits for its reply, then for the synchronous listeners of the events it caused. */
    public Reply call(Command command) {
        if (!hasSynchronous) {
            return remote.call(command);
        }
        List<CompletableFuture<Void>> dispatched = new ArrayList<>();
        Reply reply = remote.call(command, event -> dispatched.add(dispatch(event)));
        if (!dispatched.isEmpty()) {
            awaitUnlessItWaitsForUs(dispatched);
        }
        return reply;
    }

    /** On a listener's thread: other caches' listeners may be waiting for that very listener, and then it does not wait for them. */
    private void awaitUnlessItWaitsForUs(List<CompletableFuture<Void>> dispatched) {
        Dispatcher own = Dispatcher.current();
        if (patience.isOver()) {
            onlyLog(dispatched);
        } else if (own == null) {
            await(dispatched);
        } else if (own.beginToWaitFor(synchronous)) {
            try {
                await(dispatched);
            } finally {
                own.endToWait();
            }
        } else {
            onlyLog(dispatched);
        }
    }

    private void onlyLog(List<CompletableFuture<Void>> dispatched) {
        dispatched.forEach(done -> done.whenComplete((ok, failure) -> {
            if (failure != null) {
                LOG.warn("a listener of cache {} failed on an event that no call waits for", cache.getName(), failure);
            }
        }));
    }

    /**
     * Sends a command; it is executed after what this thread sent before and before what it sends next. With synchronous
     * listeners here it waits for them, and the stage is complete.
     */
    public CompletionStage<Reply> send(Command command) {
        return hasSynchronous ? CompletableFuture.completedStage(call(command)) : remote.callAsync(command);
    }

    private void await(List<CompletableFuture<Void>> dispatched) {
        CacheEntryListenerException failed = null;
        for (CompletableFuture<Void> future : dispatched) {
            try {
                future.get(listenerLimit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                CacheEntryListenerException next = e.getCause() instanceof CacheEntryListenerException own
                        ? own
                        : new CacheEntryListenerException("a listener failed", e.getCause());
                if (failed == null) {
                    failed = next;
                } else {
                    failed.addSuppressed(next);
                }
            } catch (TimeoutException e) {
                if (patience.end()) {
                    LOG.warn(
                            "synchronous listeners of cache {} in this process took over {} ms (lease-limit); calls return without"
                                    + " them until they have caught up; {} events wait for them",
                            cache.getName(),
                            listenerLimit.toMillis(),
                            synchronous.getQueue().size());
                }
                throw new CacheEntryListenerException(
                        "a synchronous listener took over " + listenerLimit.toMillis() + "ms; the change was made", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CacheEntryListenerException(
                        "interrupted while synchronous listeners ran; the change was made", e);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /**
     * Adds listeners and tells the node what is wanted now. If that fails, none is added, and they are the caller's to close; else they
     * are closed with this hub.
     */
    public synchronized void register(List<Registration<K, V>> added) {
        if (added.isEmpty()) {
            return;
        }
        refuseIfClosed();
        List<Registration<K, V>> before = registrations;
        List<Registration<K, V>> more = new ArrayList<>(before);
        more.addAll(added);
        try {
            use(more, remote::subscribe);
            // After they are in the list: either close has found them there, or this finds that it is closed.
            refuseIfClosed();
        } catch (Throwable e) {
            set(before);
            throw e;
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("cache " + cache.getName() + " is closed");
        }
    }

    /**
     * Takes a listener out, and closes it if it is closeable. Returns false if it was not there. Waits for no node: what one still sends for it
     * is heard by nobody.
     */
    public synchronized boolean deregister(CacheEntryListenerConfiguration<K, V> configuration) {
        List<Registration<K, V>> fewer = new ArrayList<>(registrations);
        List<Registration<K, V>> taken = new ArrayList<>();
        for (Registration<K, V> registration : registrations) {
            if (registration.configuration().equals(configuration)) {
                fewer.remove(registration);
                taken.add(registration);
            }
        }
        if (taken.isEmpty()) {
            return false;
        }
        Closing closing = new Closing();
        closing.then(() -> use(fewer, remote::subscribeLater));
        taken.forEach(registration -> registration.close(closing));
        closing.end();
        return true;
    }

    /** One of the two ways to tell nodes. */
    @FunctionalInterface
    private interface Telling {
        void tell(int kinds, int syncKinds, boolean oldValues, RemoteCache.EventListener listener);
    }

    private void use(List<Registration<K, V>> all, Telling nodes) {
        int kinds = 0;
        int syncKinds = 0;
        boolean oldValues = false;
        for (Registration<K, V> registration : all) {
            for (EventKind kind : EventKind.values()) {
                if (registration.wants(TYPES[kind.ordinal()])) {
                    kinds |= kind.bit();
                    syncKinds |= registration.isSynchronous() ? kind.bit() : 0;
                    oldValues |= registration.isOldValueRequired();
                }
            }
        }
        set(all);
        nodes.tell(kinds, syncKinds, oldValues, hearing);
    }

    /** From now on events go to these. */
    private void set(List<Registration<K, V>> all) {
        registrations = List.copyOf(all);
        hasSynchronous = all.stream()
                .anyMatch(registration ->
                        registration.isSynchronous() && Arrays.stream(TYPES).anyMatch(registration::wants));
    }

    /** What the client's threads have of a hub: they live on if an application forgets to close its caches. Immutable. */
    private record Hearing(WeakReference<EventHub<?, ?>> hub) implements RemoteCache.EventListener {
        @Override
        public void heard(Push.Event event, Runnable acknowledge) {
            EventHub<?, ?> present = hub.get();
            if (present == null) {
                acknowledge.run();
            } else {
                present.dispatchAndForget(event, acknowledge);
            }
        }
    }

    private void dispatchAndForget(Push.Event event, Runnable acknowledge) {
        CompletableFuture<Void> done = dispatch(event);
        CompletableFuture<Void> unused = done.whenComplete((ok, failure) -> {
            acknowledge.run();
            if (failure != null) {
                LOG.warn("a listener of cache {} failed on an event caused elsewhere", cache.getName(), failure);
            }
        });
    }

    /** Queues an event for the listeners; completes when the synchronous ones have run. Never blocks. */
    private CompletableFuture<Void> dispatch(Push.Event event) {
        List<Registration<K, V>> all = registrations;
        CompletableFuture<Void> done = new CompletableFuture<>();
        EventType type = TYPES[event.event().ordinal()];
        boolean anySync = false;
        boolean anyAsync = false;
        for (Registration<K, V> registration : all) {
            if (registration.wants(type)) {
                anySync |= registration.isSynchronous();
                anyAsync |= !registration.isSynchronous();
            }
        }
        if (anyAsync) {
            run(asynchronous, () -> deliverAsync(all, event));
        }
        long queuedNanos = System.nanoTime();
        if (!anySync || !run(synchronous, () -> complete(done, all, event, queuedNanos))) {
            done.complete(null);
        }
        return done;
    }

    private void complete(
            CompletableFuture<Void> done, List<Registration<K, V>> all, Push.Event event, long queuedNanos) {
        Throwable failure = null;
        try {
            deliver(all, event, true);
        } catch (Throwable e) {
            failure = e;
        }
        if (patience.ran(queuedNanos, synchronous.getQueue().isEmpty())) {
            LOG.info(
                    "synchronous listeners of cache {} in this process have caught up, and calls wait for them again",
                    cache.getName());
        }
        if (failure == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }

    /** Nobody waits for it, so what fails is only logged, and the thread goes on to the next event. */
    private void deliverAsync(List<Registration<K, V>> all, Push.Event event) {
        try {
            deliver(all, event, false);
        } catch (Throwable e) {
            LOG.warn("an asynchronous listener of cache {} failed", cache.getName(), e);
        }
    }

    private boolean run(Dispatcher dispatcher, Runnable task) {
        try {
            dispatcher.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            if (!dispatcher.isShutdown()) {
                lost.increment();
                if (lost.sum() == 1 || lost.sum() % 10_000 == 0) {
                    LOG.warn(
                            "listeners of cache {} are slower than its changes: {} events lost, {} wait",
                            cache.getName(),
                            lost.sum(),
                            QUEUE_EVENTS);
                }
            }
            return false;
        }
    }

    private void deliver(List<Registration<K, V>> all, Push.Event pushed, boolean sync) {
        CacheEvent<K, V> event = new CacheEvent<>(
                cache, TYPES[pushed.event().ordinal()], keys, values, pushed.key(), pushed.value(), pushed.oldValue());
        CacheEntryListenerException failed = null;
        for (Registration<K, V> registration : all) {
            if (registration.isSynchronous() == sync && registration.wants(event.getEventType())) {
                try {
                    registration.deliver(event);
                } catch (CacheEntryListenerException e) {
                    if (failed == null) {
                        failed = e;
                    } else {
                        failed.addSuppressed(e);
                    }
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Closes the application's listeners and filters; those that are registered from now on are refused. */
    public void closeListeners(Closing closing) {
        closed = true;
        registrations.forEach(registration -> registration.close(closing));
    }

    /** Dispatches what is queued, for a moment, and ends. */
    @Override
    public void close() {
        closed = true;
        synchronous.shutdown();
        asynchronous.shutdown();
        if (!synchronous.isCurrentThread() && !asynchronous.isCurrentThread()) {
            try {
                boolean unused = synchronous.awaitTermination(1, TimeUnit.SECONDS)
                        && asynchronous.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
