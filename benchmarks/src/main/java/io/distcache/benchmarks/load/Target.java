package io.distcache.benchmarks.load;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A cache under load. Thread-safe; every call returns when the peer has answered. */
public interface Target {

    @Nullable
    Object get(String key);

    void put(String key, Object value);

    Map<String, Object> getAll(Set<String> keys);

    void putAll(Map<String, Object> entries);

    /** Adds one to the count at {@code key}, which starts at 0. */
    void increment(String key);
}
