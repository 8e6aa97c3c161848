package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimits;
import java.util.Objects;

/**
 * What all codecs of one cache manager, or of one client, share. Immutable.
 *
 * @param classLoader where classes named by stored bytes are looked up after the declared types' own ({@link ClassSources}); in JCache
 *     the manager's class loader
 * @param allow the value of {@link AllowList#PROPERTY}; empty if it is not set
 * @param limits what one object may cost
 */
public record CodecContext(ClassLoader classLoader, String allow, SerializationLimits limits) {
    public CodecContext {
        Objects.requireNonNull(classLoader, "classLoader");
        Objects.requireNonNull(allow, "allow");
        Objects.requireNonNull(limits, "limits");
    }

    /** With the limits that hold unless told otherwise. */
    public CodecContext(ClassLoader classLoader, String allow) {
        this(classLoader, allow, SerializationLimits.DEFAULT);
    }
}
