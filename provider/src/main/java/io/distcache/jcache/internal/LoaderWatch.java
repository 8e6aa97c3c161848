package io.distcache.jcache.internal;

import io.distcache.protocol.OwnThread;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what remains of a manager when its class loader is gone, because the application was dropped and closed nothing. One thread waits for
 * that while there are managers of other class loaders than the provider's own. Thread-safe.
 *
 * <p>Where the provider is in the application itself, nothing can be seen: its own threads keep the class loader then, and this one would,
 * too. There the application, or its container, has to close the provider.
 */
final class LoaderWatch extends PhantomReference<ClassLoader> {
    private static final Logger LOG = LoggerFactory.getLogger(LoaderWatch.class);
    private static final ReferenceQueue<ClassLoader> GONE = new ReferenceQueue<>();
    private static final Set<LoaderWatch> OPEN = new HashSet<>();
    private static @Nullable Thread waiting;

    private final String manager;
    private final Runnable end;

    private LoaderWatch(ClassLoader loader, String manager, Runnable end) {
        super(loader, GONE);
        this.manager = manager;
        this.end = end;
    }

    /** Runs {@code end} when {@code loader} is gone; it must not lead to the loader. Null if that cannot be seen. */
    static @Nullable LoaderWatch begin(ClassLoader loader, String manager, Runnable end) {
        for (ClassLoader own = LoaderWatch.class.getClassLoader(); own != null; own = own.getParent()) {
            if (own == loader) {
                return null;
            }
        }
        LoaderWatch watch = new LoaderWatch(loader, manager, end);
        synchronized (OPEN) {
            OPEN.add(watch);
            if (waiting == null) {
                Thread thread = OwnThread.make(LoaderWatch::await, "distcache-loaders");
                waiting = thread;
                thread.start();
            }
        }
        return watch;
    }

    /** The manager has been closed. */
    void cancel() {
        synchronized (OPEN) {
            OPEN.remove(this);
        }
        // Wakes the thread, which may have nothing left to wait for.
        boolean unused = enqueue();
    }

    private static void await() {
        while (true) {
            try {
                Reference<? extends ClassLoader> gone = GONE.remove();
                boolean forgotten;
                synchronized (OPEN) {
                    forgotten = OPEN.remove(gone);
                }
                if (forgotten && gone instanceof LoaderWatch watch) {
                    watch.end();
                }
            } catch (InterruptedException e) {
                LOG.debug("nobody interrupts this thread", e);
            }
            synchronized (OPEN) {
                if (OPEN.isEmpty()) {
                    waiting = null;
                    return;
                }
            }
        }
    }

    private void end() {
        LOG.warn(
                "the application that opened the cache manager {} is gone and has not closed it; it is closed now. Close it, or"
                        + " the caching provider with the application's class loader, when the application ends",
                manager);
        try {
            end.run();
        } catch (Throwable e) {
            LOG.warn("closing the forgotten cache manager {} failed", manager, e);
        }
    }
}
