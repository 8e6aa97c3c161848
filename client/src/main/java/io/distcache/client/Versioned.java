package io.distcache.client;

import org.jspecify.annotations.Nullable;

/**
 * A value and the version that it has: every change gives an entry a new one.
 *
 * @param value null if null was stored
 * @param version for {@link Keyspace#cas}
 */
public record Versioned<V>(@Nullable V value, long version) {}
