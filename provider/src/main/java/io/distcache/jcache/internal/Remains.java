package io.distcache.jcache.internal;

import io.distcache.jcache.internal.user.Closing;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What of a manager would stay for ever if the application were dropped without closing it: its connections and its beans. Nothing in here
 * may lead to an object or class of the application. Thread-safe.
 */
final class Remains {
    private final Map<Object, Runnable> ends = new ConcurrentHashMap<>();

    /** From now on {@code what} is ended by {@code end}. */
    void add(Object what, Runnable end) {
        ends.put(what, end);
    }

    /** It has been ended. */
    void remove(Object what) {
        ends.remove(what);
    }

    /** Ends everything. */
    void end() {
        Closing closing = new Closing();
        ends.values().forEach(closing::then);
        ends.clear();
        closing.end();
    }
}
