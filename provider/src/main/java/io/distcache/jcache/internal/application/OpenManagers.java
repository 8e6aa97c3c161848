package io.distcache.jcache.internal.application;

import io.distcache.client.spi.OpenClients;
import io.distcache.jcache.internal.management.Evictions;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.jcache.internal.user.UserThreads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import javax.cache.CacheManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cache managers that nobody has closed yet, by whichever provider they were opened; does not keep them. Thread-safe. */
public final class OpenManagers {
    private static final Logger LOG = LoggerFactory.getLogger(OpenManagers.class);
    private static final Set<CacheManager> OPEN = Collections.newSetFromMap(new WeakHashMap<>());

    private OpenManagers() {}

    /** It has been opened. */
    public static void add(CacheManager manager) {
        synchronized (OPEN) {
            OPEN.add(manager);
        }
    }

    /** It has been closed. */
    public static void remove(CacheManager manager) {
        synchronized (OPEN) {
            OPEN.remove(manager);
        }
    }

    /**
     * Closes what an application that has ended left open: its managers, and where DistCache was loaded by the application itself,
     * everything, since nobody else can use it. Starts nothing, throws nothing.
     *
     * @param loader the application's
     * @param name for the log
     */
    static void applicationEnded(ClassLoader loader, String name) {
        boolean isOurs = loader == OpenManagers.class.getClassLoader();
        List<CacheManager> left = new ArrayList<>();
        synchronized (OPEN) {
            OPEN.stream()
                    .filter(manager -> isOurs || manager.getClassLoader() == loader)
                    .forEach(left::add);
        }
        Closing closing = new Closing();
        for (CacheManager manager : left) {
            LOG.info("the web application {} has ended; its cache manager {} is closed", name, manager.getURI());
            closing.then(manager::close);
        }
        if (isOurs) {
            closing.then(OpenClients::closeAll);
            // Containers look for threads that are left at once, and warn of them.
            closing.then(Evictions::endIdle);
            closing.then(UserThreads::endIdle);
        }
        try {
            closing.end();
        } catch (Throwable e) {
            LOG.warn("what the web application {} left open could not be closed in order", name, e);
        }
    }
}
