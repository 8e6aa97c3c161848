package io.distcache.client.codec;

import java.util.Objects;

/**
 * What all codecs of one cache manager, or of one client, share. Immutable.
 *
 * @param classLoader where classes named by stored bytes are looked up; in JCache the manager's class loader
 * @param allow the value of {@link AllowList#PROPERTY}; empty if it is not set
 */
public record CodecContext(ClassLoader classLoader, String allow) {
    public CodecContext {
        Objects.requireNonNull(classLoader, "classLoader");
        Objects.requireNonNull(allow, "allow");
    }
}
