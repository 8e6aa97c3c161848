package io.distcache.client;

import io.distcache.protocol.OneLine;
import org.jspecify.annotations.Nullable;

/**
 * Stored bytes no longer give an object: a class vanished or changed its shape, or the bytes are damaged. A cache counts
 * it as a miss; it is not a refusal. Store the value anew.
 */
public final class UndecodableValueException extends DistCacheException {
    private final String className;

    public UndecodableValueException(String message) {
        this(message, null);
    }

    public UndecodableValueException(String message, @Nullable Throwable cause) {
        this(message, "", cause);
    }

    /** Of an object, or a part of one, whose class has this name. */
    public UndecodableValueException(String message, String className, @Nullable Throwable cause) {
        super(message, cause);
        this.className = OneLine.of(className);
    }

    /** The class that the bytes name; empty if they did not get as far as that. */
    public String className() {
        return className;
    }
}
