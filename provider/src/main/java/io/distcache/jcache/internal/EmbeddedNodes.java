package io.distcache.jcache.internal;

import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.OwnThread;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The nodes inside this process, one for each set of settings, shared by all managers that ask for it and stopped with the last.
 * Thread-safe: starting and stopping one, which may take as long as its data is large, keeps only those waiting who want the same.
 */
final class EmbeddedNodes {
    private static final Map<Map<String, String>, Shared> RUNNING = new HashMap<>();

    private EmbeddedNodes() {}

    /** Its users are counted under the lock of {@link #RUNNING}, its node is started and stopped under its own. */
    private static final class Shared {
        @Nullable
        EmbeddedNode node;

        int users;

        synchronized EmbeddedNode started(Map<String, String> settings) {
            EmbeddedNode running = node;
            if (running == null) {
                // What starts there takes over nothing of the application that happens to be first.
                running = OwnThread.call("distcache-start", () -> EmbeddedNodes.start(settings));
                node = running;
            }
            return running;
        }

        synchronized void stop() {
            EmbeddedNode running = node;
            node = null;
            if (running != null) {
                running.close();
            }
        }
    }

    static EmbeddedNode acquire(Map<String, String> settings) {
        Shared shared;
        synchronized (RUNNING) {
            shared = RUNNING.computeIfAbsent(settings, s -> new Shared());
            shared.users++;
        }
        boolean started = false;
        try {
            EmbeddedNode node = shared.started(settings);
            started = true;
            return node;
        } finally {
            if (!started) {
                release(settings);
            }
        }
    }

    static void release(Map<String, String> settings) {
        Shared shared;
        synchronized (RUNNING) {
            shared = RUNNING.get(settings);
            if (shared == null || --shared.users > 0) {
                return;
            }
        }
        stop(settings, shared);
    }

    /** It stays in the map while it stops, so that whoever wants the same starts when its files are free again. */
    private static void stop(Map<String, String> settings, Shared shared) {
        synchronized (shared) {
            synchronized (RUNNING) {
                if (shared.users > 0) {
                    return; // Somebody wants it again.
                }
            }
            try {
                shared.stop();
            } finally {
                synchronized (RUNNING) {
                    if (shared.users == 0) {
                        RUNNING.remove(settings, shared);
                    }
                }
            }
        }
    }

    private static EmbeddedNode start(Map<String, String> settings) {
        EmbeddedNode.Factory factory = ServiceLoader.load(
                        EmbeddedNode.Factory.class, EmbeddedNodes.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new CacheException(
                        "distcache:embedded needs a node in this process, which io.distcache:distcache-provider brings"
                                + " along, and none was found; depend on that jar as it is, or name nodes elsewhere by"
                                + " distcache://host:port/namespace"));
        try {
            return factory.start(settings);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CacheException("the embedded node cannot start: " + e.getMessage(), e);
        }
    }
}
