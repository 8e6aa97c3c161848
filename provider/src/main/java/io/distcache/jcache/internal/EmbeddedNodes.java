package io.distcache.jcache.internal;

import io.distcache.protocol.EmbeddedNode;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import javax.cache.CacheException;

/**
 * The nodes inside this process, one for each set of settings, shared by all managers that ask for it and stopped with the last.
 * Thread-safe.
 */
final class EmbeddedNodes {
    private static final Map<Map<String, String>, Shared> RUNNING = new HashMap<>();

    private EmbeddedNodes() {}

    private static final class Shared {
        final EmbeddedNode node;
        int users;

        Shared(EmbeddedNode node) {
            this.node = node;
        }
    }

    static EmbeddedNode acquire(Map<String, String> settings) {
        synchronized (RUNNING) {
            Shared shared = RUNNING.computeIfAbsent(settings, s -> new Shared(start(s)));
            shared.users++;
            return shared.node;
        }
    }

    static void release(Map<String, String> settings) {
        synchronized (RUNNING) {
            Shared shared = RUNNING.get(settings);
            if (shared != null && --shared.users == 0) {
                RUNNING.remove(settings);
                shared.node.close();
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
