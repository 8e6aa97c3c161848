package io.distcache.client.spi;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What closes the clients that nobody has closed yet. Thread-safe. */
public final class OpenClients {
    private static final Set<Runnable> OPEN = ConcurrentHashMap.newKeySet();

    private OpenClients() {}

    /** What closes a client that has been opened; it must not lead to an object or class of the application. */
    public static Runnable add(Runnable end) {
        Runnable closer = new Runnable() {
            @Override
            public void run() {
                OPEN.remove(this);
                end.run();
            }
        };
        OPEN.add(closer);
        return closer;
    }

    /** Closes all of them, for when the application ends that DistCache was loaded by, and so nobody is left to use them. */
    public static void closeAll() {
        OPEN.forEach(Runnable::run);
    }
}
