package io.distcache.server.config;

import io.distcache.protocol.OneLine;

/** A setting is wrong; the message names it, its value, what is allowed and where it came from. Immutable. */
public final class ConfigException extends IllegalArgumentException {
    public ConfigException(String message) {
        super(OneLine.of(message));
    }

    public ConfigException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
