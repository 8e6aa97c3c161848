package io.distcache.cdi;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * Which parameters of an annotated method make the key and which is the value, found once at deployment. Immutable.
 */
final class MethodParameters {
    private final Method method;
    private final Class<?>[] types;
    private final List<Set<Annotation>> annotations;
    private final int[] keys;
    private final int value;

    /**
     * Of a method whose parameters have these annotations.
     *
     * @throws CacheAnnotationException if they break a rule
     */
    MethodParameters(Caching.Kind kind, Method method, List<Set<Annotation>> annotations) {
        this.method = method;
        this.types = method.getParameterTypes();
        this.annotations = annotations;
        List<Integer> marked = positions(CacheKey.class);
        List<Integer> values = positions(CacheValue.class);
        String name = kind.type().getSimpleName();
        if (kind == Caching.Kind.PUT && values.size() != 1) {
            throw new CacheAnnotationException(
                    values.isEmpty()
                            ? "@CachePut needs the value to store: mark one parameter @CacheValue"
                            : "@CachePut stores one value: mark one parameter @CacheValue, not " + values.size());
        }
        if (kind != Caching.Kind.PUT && !values.isEmpty()) {
            throw new CacheAnnotationException(
                    "@CacheValue belongs to @CachePut: take it away, or put @CachePut in the place of @" + name);
        }
        if (kind == Caching.Kind.REMOVE_ALL && !marked.isEmpty()) {
            throw new CacheAnnotationException(
                    "@CacheRemoveAll has no key: take @CacheKey away, or put @CacheRemove in its place");
        }
        this.value = values.isEmpty() ? -1 : values.get(0);
        if (marked.contains(value)) {
            throw new CacheAnnotationException("parameter " + describe(value)
                    + " is both @CacheKey and @CacheValue: one parameter cannot be both; take one away");
        }
        this.keys = marked.isEmpty()
                ? java.util.stream.IntStream.range(0, types.length)
                        .filter(i -> i != value)
                        .toArray()
                : marked.stream().mapToInt(Integer::intValue).toArray();
    }

    private List<Integer> positions(Class<? extends Annotation> type) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < annotations.size(); i++) {
            if (annotations.get(i).stream().anyMatch(a -> a.annotationType() == type)) {
                found.add(i);
            }
        }
        return found;
    }

    /** The value's position; -1 without. */
    int valuePosition() {
        return value;
    }

    /** The key of the standard's default generator. */
    GeneratedCacheKey key(@Nullable Object[] arguments) {
        if (keys.length == 1) {
            return CallKey.of(required(arguments, keys[0]));
        }
        Object[] values = new Object[keys.length];
        for (int i = 0; i < keys.length; i++) {
            values[i] = required(arguments, keys[i]);
        }
        return CallKey.of(values);
    }

    /** Fails if one of the key's parameters is null. */
    void checkKey(@Nullable Object[] arguments) {
        for (int key : keys) {
            Object unused = required(arguments, key);
        }
    }

    private Object required(@Nullable Object[] arguments, int position) {
        Object argument = arguments[position];
        if (argument == null) {
            throw new NullPointerException("parameter " + describe(position)
                    + " is null, and it is part of the cache's key. Call the method with a value, mark other parameters"
                    + " @CacheKey, or give the annotation a cacheKeyGenerator that has a key for null");
        }
        return argument;
    }

    /** The value to store. */
    Object value(@Nullable Object[] arguments) {
        Object argument = arguments[value];
        if (argument == null) {
            throw new NullPointerException("parameter " + describe(value)
                    + " is null, and @CachePut is to store it; a cache holds no nulls. Call the method with a value, or"
                    + " remove the entry by a method with @CacheRemove");
        }
        return argument;
    }

    private String describe(int position) {
        return position + " (" + method.getParameters()[position].getName() + ") of "
                + CacheMethod.describe(method.getDeclaringClass(), method);
    }

    // --- as the standard's contexts show them ---

    CacheInvocationParameter[] all(@Nullable Object[] arguments) {
        CacheInvocationParameter[] all = new CacheInvocationParameter[types.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = parameter(arguments, i);
        }
        return all;
    }

    CacheInvocationParameter[] keys(@Nullable Object[] arguments) {
        return Arrays.stream(keys).mapToObj(i -> parameter(arguments, i)).toArray(CacheInvocationParameter[]::new);
    }

    @Nullable
    CacheInvocationParameter valueParameter(@Nullable Object[] arguments) {
        return value < 0 ? null : parameter(arguments, value);
    }

    private Parameter parameter(@Nullable Object[] arguments, int position) {
        return new Parameter(types[position], arguments[position], annotations.get(position), position);
    }

    private record Parameter(Class<?> rawType, @Nullable Object value, Set<Annotation> annotations, int position)
            implements CacheInvocationParameter {
        @Override
        public Class<?> getRawType() {
            return rawType;
        }

        @Override
        @SuppressWarnings("NullAway") // an argument may be null
        public Object getValue() {
            return value;
        }

        @Override
        public Set<Annotation> getAnnotations() {
            return annotations;
        }

        @Override
        public int getParameterPosition() {
            return position;
        }

        @Override
        public String toString() {
            return position + "=" + Objects.toString(value);
        }
    }
}
