package io.distcache.protocol;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the threads of clients and nodes. A thread of the JDK takes over from the one that makes it: its context class loader, its inheritable
 * thread locals, and the protection domains of all that stand on its stack. Here that would be of whichever application needed a thread
 * first, which could then never be unloaded while the thread lives. These take over nothing. Stateless.
 */
public final class OwnThread {
    private OwnThread() {}

    /** A daemon thread, not yet started, whose context class loader is the one that DistCache was loaded by. */
    public static Thread make(Runnable task, String name) {
        return make(task, name, OwnThread.class.getClassLoader());
    }

    /** A daemon thread, not yet started, in a context of the caller's choice. */
    public static Thread make(Runnable task, String name, @Nullable ClassLoader context) {
        return made(() -> new Thread(null, task, name, 0, false), context);
    }

    /** The same of a thread of the caller's own class, which must not take over inheritable thread locals. */
    @SuppressWarnings("removal") // Who stands on the stack counts up to JDK 23, where this is what cuts it off.
    public static Thread made(Supplier<Thread> maker, @Nullable ClassLoader context) {
        Thread thread = AccessController.doPrivileged((PrivilegedAction<Thread>) maker::get);
        thread.setDaemon(true);
        thread.setContextClassLoader(context);
        return thread;
    }

    /**
     * Runs {@code action} on a thread of its own and waits for it, for what starts threads or leaves something behind with the one that it
     * runs on. What it throws is thrown here. An interrupt does not end the wait, but is kept.
     */
    public static <T> T call(String name, Supplier<T> action) {
        CompletableFuture<T> result = new CompletableFuture<>();
        make(
                        () -> {
                            try {
                                result.complete(action.get());
                            } catch (Throwable e) {
                                result.completeExceptionally(e);
                            }
                        },
                        name)
                .start();
        return SharedAttempt.resultOf(result);
    }
}
