package io.distcache.client;

import org.jspecify.annotations.Nullable;

/**
 * A class of an object is there but cannot be used in this application: the JVM cannot link or initialize it, since something that
 * it needs is missing or of another version, or its module does not open it. The entry is as it should be, so this is never a miss;
 * the message says what is wrong with the application, and the cause what the JVM said.
 */
public final class UnusableClassException extends DistCacheException {
    public UnusableClassException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
