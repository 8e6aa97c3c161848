package io.distcache.jcache.internal;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The standard's changes of entries, without its checks of arguments; each counts its statistics. Thread-safe. */
interface EntryOperations<K, V> {
    void put(K key, V value);

    @Nullable
    V getAndPut(K key, V value);

    boolean putIfAbsent(K key, V value);

    boolean remove(K key);

    boolean remove(K key, V oldValue);

    @Nullable
    V getAndRemove(K key);

    boolean replace(K key, V oldValue, V newValue);

    boolean replace(K key, V value);

    @Nullable
    V getAndReplace(K key, V value);

    void putAll(Map<? extends K, ? extends V> map);

    void removeAll(Set<? extends K> keys);

    void removeAll();

    /** Stores what a loader found: no put is counted, no writer called. */
    void putLoaded(Map<K, V> loaded, boolean replaceExisting);
}
