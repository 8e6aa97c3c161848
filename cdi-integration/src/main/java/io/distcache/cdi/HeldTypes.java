package io.distcache.cdi;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** What classes a method puts into its caches, by its signature: what may come back out of them. Stateless. */
final class HeldTypes {
    /** Exceptions that methods throw without declaring them. */
    private static final List<Class<?>> COMMON_EXCEPTIONS = List.of(
            Exception.class,
            RuntimeException.class,
            ArithmeticException.class,
            ClassCastException.class,
            IllegalArgumentException.class,
            IllegalStateException.class,
            IndexOutOfBoundsException.class,
            NullPointerException.class,
            NumberFormatException.class,
            SecurityException.class,
            UnsupportedOperationException.class,
            java.io.FileNotFoundException.class,
            java.io.IOException.class,
            java.io.UncheckedIOException.class,
            java.util.ConcurrentModificationException.class,
            java.util.NoSuchElementException.class,
            CancellationException.class,
            ExecutionException.class,
            TimeoutException.class);

    private HeldTypes() {}

    /** Keys and values; and exceptions, which those who wait for a value may get in its place. */
    static Set<Type> of(CacheMethod method) {
        Set<Type> types = exceptionsOf(method);
        types.addAll(Arrays.asList(method.method().getGenericParameterTypes()));
        if (method.caching().kind() == Caching.Kind.RESULT) {
            Type returned = method.method().getGenericReturnType();
            types.add(
                    method.async() != null && returned instanceof ParameterizedType later
                            ? later.getActualTypeArguments()[0]
                            : returned);
        }
        if (types.stream().anyMatch(HeldTypes::isOpen)) {
            addArguments(method.beanClass(), types);
        }
        return types;
    }

    /** Exceptions that the method declares or its annotation names, and the JDK's common ones. */
    static Set<Type> exceptionsOf(CacheMethod method) {
        Set<Type> types = new HashSet<>(COMMON_EXCEPTIONS);
        types.add(CallKey.class);
        types.addAll(Arrays.asList(method.method().getExceptionTypes()));
        types.addAll(method.caching().exceptions().included());
        return types;
    }

    private static boolean isOpen(Type type) {
        return type instanceof TypeVariable<?>
                || (type instanceof ParameterizedType p
                        && Arrays.stream(p.getActualTypeArguments()).anyMatch(HeldTypes::isOpen));
    }

    /** What the bean's class fills into the type variables of those it extends. */
    private static void addArguments(Class<?> type, Set<Type> types) {
        List<Type> parents = new ArrayList<>(Arrays.asList(type.getGenericInterfaces()));
        if (type.getGenericSuperclass() != null) {
            parents.add(type.getGenericSuperclass());
        }
        for (Type parent : parents) {
            if (parent instanceof ParameterizedType p) {
                types.addAll(Arrays.asList(p.getActualTypeArguments()));
                addArguments((Class<?>) p.getRawType(), types);
            } else if (parent instanceof Class<?> c) {
                addArguments(c, types);
            }
        }
    }
}
