package io.distcache.client;

import java.util.Objects;

/** Stored bytes name a class that this cache does not allow to be made from them; the message says how to allow it. */
public final class SerializationRefusedException extends DistCacheException {
    private final String className;

    public SerializationRefusedException(String className, String reason) {
        super("class " + className + " may not be deserialized: " + reason, null);
        this.className = Objects.requireNonNull(className, "className");
    }

    /** The binary name of the refused class. */
    public String className() {
        return className;
    }
}
