package io.distcache.client;

import io.distcache.protocol.OneLine;
import org.jspecify.annotations.Nullable;

/** A call did not succeed; each subclass is named by what the caller can do. */
public abstract sealed class DistCacheException extends RuntimeException
        permits UnreachableException,
                IndeterminateException,
                OverloadedException,
                LeaseLostException,
                LeaseTimeoutException,
                NoSuchCacheException,
                DefinitionDiffersException,
                RequestRefusedException,
                NotEncodableException,
                UndecodableValueException,
                UnusableClassException,
                SerializationRefusedException,
                SerializationLimitException {
    DistCacheException(String message, @Nullable Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
