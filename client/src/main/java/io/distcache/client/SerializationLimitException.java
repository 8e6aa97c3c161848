package io.distcache.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An object passes one of {@link SerializationLimits}: one that was to be stored is not, and a stored one is not made. It is never a
 * miss; the message says how far it goes, and which option to raise if the object is one that you trust.
 */
public final class SerializationLimitException extends DistCacheException {
    private final String option;

    /** What {@code found} says passes the limit {@code option}, which is {@code limit}. */
    public SerializationLimitException(String option, long limit, String found, @Nullable Throwable cause) {
        super(
                "an object " + found + "; the limit " + option + " is " + limit
                        + ". If you trust whoever stores such objects, raise the option " + option
                        + " (property distcache." + option + "; with DistCacheClient also ClientConfig.limits)",
                cause);
        this.option = Objects.requireNonNull(option, "option");
    }

    /** The name of the option that holds the limit. */
    public String option() {
        return option;
    }
}
