package io.distcache.client.spi.codec;

import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Walks from declared types over superclasses, fields, generic arguments, array components and permitted subclasses, and
 * collects the class names met. A subclass nobody declares (a {@code Dog} in a field of the open class {@code Animal}) is
 * not reachable; the property must name it. Confined to the thread that builds an {@link AllowList}.
 */
final class ReachableTypes {
    private final Set<Type> seen = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Deque<Type> open = new ArrayDeque<>();

    private ReachableTypes() {}

    static Set<String> from(Type... declared) {
        ReachableTypes walk = new ReachableTypes();
        walk.add(declared);
        while (!walk.open.isEmpty()) {
            try {
                walk.visit(walk.open.remove());
            } catch (TypeNotPresentException | LinkageError e) {
                // A field of an optional library that is not there; nothing of it can be stored either.
            }
        }
        return Set.copyOf(walk.names);
    }

    private void add(Type... types) {
        for (Type type : types) {
            if (seen.add(type)) {
                open.add(type);
            }
        }
    }

    private void visit(Type type) {
        if (type instanceof Class<?> c) {
            visitClass(c);
        } else if (type instanceof ParameterizedType p) {
            add(p.getRawType());
            add(p.getActualTypeArguments());
        } else if (type instanceof GenericArrayType a) {
            add(a.getGenericComponentType());
        } else if (type instanceof WildcardType w) {
            add(w.getUpperBounds());
            add(w.getLowerBounds());
        } else if (type instanceof TypeVariable<?> v) {
            add(v.getBounds());
        }
    }

    private void visitClass(Class<?> type) {
        if (type.isArray()) {
            add(type.getComponentType());
            return;
        }
        if (type.isPrimitive() || CuratedTypes.NAMES.contains(type.getName())) {
            return;
        }
        names.add(type.getName());
        Type superclass = type.getGenericSuperclass();
        if (superclass != null) {
            add(superclass);
        }
        if (Throwable.class.isAssignableFrom(type)) {
            add(StackTraceElement.class);
        }
        if (JdkValueTypes.isPlatform(type)) {
            return; // The fields of JDK classes lead to class loaders, modules and threads.
        }
        add(type.getGenericInterfaces());
        Class<?>[] permitted = type.getPermittedSubclasses();
        if (permitted != null && !type.isEnum()) {
            add(permitted);
        }
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                add(field.getGenericType());
            }
        }
    }
}
