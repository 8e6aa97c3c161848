package io.distcache.jcache.internal.codec;

import javax.cache.CacheException;

/** Stored bytes name a class that this cache does not allow to be made from them; the message says how to allow it. */
public final class SerializationRefusedException extends CacheException {
    private static final long serialVersionUID = 1L;

    private final String className;

    SerializationRefusedException(String className) {
        super("class " + className + " may not be deserialized: it is neither a declared key or value type of this"
                + " cache, nor reachable from one, nor a JDK value type. If you trust it, name it in the property "
                + AllowList.PROPERTY + ", for example " + AllowList.PROPERTY + "=" + className);
        this.className = className;
    }

    SerializationRefusedException(String className, String reason) {
        super("class " + className + " may not be deserialized: " + reason);
        this.className = className;
    }

    /** The binary name of the refused class. */
    public String className() {
        return className;
    }
}
