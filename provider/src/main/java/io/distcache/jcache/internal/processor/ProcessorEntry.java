package io.distcache.jcache.internal.processor;

import io.distcache.jcache.internal.integration.Loader;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * What an entry processor sees and changes; what it did is applied afterwards. Loading counts as creation, reading as access
 * (JSR-107 1.1.1, MutableEntry). Confined to the processor's thread.
 */
public final class ProcessorEntry<K, V> implements MutableEntry<K, V> {

    /** What the processor did to the entry in the end. */
    public enum Operation {
        NONE,
        ACCESS,
        CREATE,
        LOAD,
        UPDATE,
        REMOVE
    }

    private final K key;
    private final boolean existed;
    private final @Nullable Loader<K, V> loader;
    private @Nullable V value;
    private Operation operation = Operation.NONE;

    /**
     * An entry.
     *
     * @param present its value, or null if it is not there
     * @param loader loads what is not there; null without read-through
     */
    public ProcessorEntry(K key, @Nullable V present, @Nullable Loader<K, V> loader) {
        this.key = key;
        this.value = present;
        this.existed = present != null;
        this.loader = loader;
    }

    /** What was done. */
    public Operation operation() {
        return operation;
    }

    /** The value after what was done. */
    public @Nullable V valueAfter() {
        return value;
    }

    @Override
    public K getKey() {
        return key;
    }

    @Override
    @SuppressWarnings("NullAway") // the standard says null where there is no value
    public V getValue() {
        if (value != null) {
            if (operation == Operation.NONE) {
                operation = Operation.ACCESS;
            }
        } else if (loader != null && operation != Operation.REMOVE) {
            value = loader.load(key);
            if (value != null) {
                operation = Operation.LOAD;
            }
        }
        return value;
    }

    @Override
    public boolean exists() {
        return value != null;
    }

    @Override
    public void remove() {
        boolean neverThere = operation == Operation.CREATE || operation == Operation.LOAD;
        operation = neverThere ? Operation.NONE : Operation.REMOVE;
        value = null;
    }

    @Override
    public void setValue(V newValue) {
        if (newValue == null) {
            throw new NullPointerException("value");
        }
        operation = existed ? Operation.UPDATE : Operation.CREATE;
        value = newValue;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new IllegalArgumentException("cannot unwrap a processor's entry to " + type);
    }
}
