package io.distcache.jcache.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JDK keeps the class of the last record whose {@code equals} was linked, and with it the class loader; our own records are among them.
 * Stateless.
 */
final class RecordCache {
    private static final Logger LOG = LoggerFactory.getLogger(RecordCache.class);

    private RecordCache() {}

    /** Has it keep a class of its own instead. */
    static void clear() {
        try {
            Object unused = ObjectMethods.bootstrap(
                    MethodHandles.lookup(),
                    "equals",
                    MethodType.methodType(boolean.class, String.class, Object.class),
                    String.class,
                    "");
        } catch (Throwable e) {
            LOG.debug("the JDK's cache of records stays as it is", e);
        }
    }
}
