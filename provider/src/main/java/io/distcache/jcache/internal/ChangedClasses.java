package io.distcache.jcache.internal;

import io.distcache.client.UndecodableValueException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says of each class once that its stored values count as misses. Thread-safe. */
final class ChangedClasses {
    private static final Logger LOG = LoggerFactory.getLogger(ChangedClasses.class);
    /** Names come out of stored bytes; strange ones must not fill the memory. */
    private static final int MAX_NAMES = 1024;

    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private ChangedClasses() {}

    static void warn(String cache, UndecodableValueException e) {
        if (SAID.size() < MAX_NAMES && SAID.add(e.className())) {
            LOG.warn(
                    "a value of cache {} gives no object any more and counts as a miss: {}. Further ones {} are not"
                            + " logged",
                    cache,
                    e.getMessage(),
                    e.className().isEmpty() ? "that name no class" : "of class " + e.className(),
                    e.getCause());
        }
    }
}
