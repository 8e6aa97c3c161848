package io.distcache.cdi;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * The key that is generated unless a method names another generator: the values of the key parameters. Arrays are equal if their
 * contents are. A record of a list, and its name, are all that a cache stores of it, so it has the same bytes on every JVM.
 * Immutable, as far as the parameters are: arrays are copied.
 */
record CallKey(List<Object> parameters) implements GeneratedCacheKey {

    /** Of parameters that are not null. */
    static CallKey of(Object[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = copy(values[i]);
        }
        return new CallKey(List.of(values));
    }

    static CallKey of(Object value) {
        return new CallKey(List.of(copy(value)));
    }

    private static Object copy(Object value) {
        if (!value.getClass().isArray()) {
            return value;
        }
        int length = Array.getLength(value);
        Object copy = Array.newInstance(value.getClass().getComponentType(), length);
        System.arraycopy(value, 0, copy, 0, length);
        if (copy instanceof Object[] elements) {
            for (int i = 0; i < length; i++) {
                Object element = elements[i];
                if (element != null) {
                    elements[i] = copy(element);
                }
            }
        }
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof CallKey that) || that.parameters.size() != parameters.size()) {
            return false;
        }
        for (int i = 0; i < parameters.size(); i++) {
            if (!Objects.deepEquals(parameters.get(i), that.parameters.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parameters.toArray());
    }

    @Override
    public String toString() {
        return Arrays.deepToString(parameters.toArray());
    }
}
