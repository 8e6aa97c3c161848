package io.distcache.cdi;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a class has its methods from, nearest first: the class and its superclasses, then their interfaces. An annotation of a
 * method counts for those that override or implement it and say nothing themselves. Immutable.
 */
final class Declarations {
    private final List<Class<?>> hierarchy;

    Declarations(Class<?> type) {
        Set<Class<?>> all = new LinkedHashSet<>();
        for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
            all.add(level);
        }
        for (Class<?> level : List.copyOf(all)) {
            addInterfaces(level, all);
        }
        this.hierarchy = List.copyOf(all);
    }

    private static void addInterfaces(Class<?> type, Set<Class<?>> all) {
        for (Class<?> parent : type.getInterfaces()) {
            all.add(parent);
            addInterfaces(parent, all);
        }
    }

    /** The class, its superclasses, its interfaces. */
    List<Class<?>> hierarchy() {
        return hierarchy;
    }

    /** What {@code method} overrides or implements in the class's hierarchy, nearest first, without itself. */
    List<Method> overriddenBy(Method method) {
        List<Class<?>[]> signatures = signatures(method);
        List<Method> found = new ArrayList<>();
        for (Class<?> type : hierarchy) {
            for (Method candidate : type.getDeclaredMethods()) {
                if (!candidate.equals(method)
                        && !candidate.isBridge()
                        && candidate.getName().equals(method.getName())
                        && isInheritable(candidate)
                        && isAbove(candidate, method)
                        && signatures.stream().anyMatch(s -> Arrays.equals(s, candidate.getParameterTypes()))) {
                    found.add(candidate);
                }
            }
        }
        return found;
    }

    private static boolean isInheritable(Method method) {
        return (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0;
    }

    /** An inherited method implements interfaces of the subclass too, but overrides nothing below it. */
    private static boolean isAbove(Method candidate, Method method) {
        Class<?> type = candidate.getDeclaringClass();
        return type.isInterface()
                ? type != method.getDeclaringClass()
                : type != method.getDeclaringClass() && type.isAssignableFrom(method.getDeclaringClass());
    }

    /** Its erased parameters, and those of the bridges to it: of a generic method that it overrides. */
    private List<Class<?>[]> signatures(Method method) {
        List<Class<?>[]> signatures = new ArrayList<>();
        signatures.add(method.getParameterTypes());
        for (Class<?> type : hierarchy) {
            for (Method bridge : type.getDeclaredMethods()) {
                if (bridge.isBridge() && isBridgeTo(bridge, method)) {
                    signatures.add(bridge.getParameterTypes());
                }
            }
        }
        return signatures;
    }

    private static boolean isBridgeTo(Method bridge, Method method) {
        if (!bridge.getName().equals(method.getName())
                || bridge.getParameterCount() != method.getParameterCount()
                || !method.getDeclaringClass().isAssignableFrom(bridge.getDeclaringClass())
                || !bridge.getReturnType().isAssignableFrom(method.getReturnType())) {
            return false;
        }
        for (int i = 0; i < method.getParameterCount(); i++) {
            if (!bridge.getParameterTypes()[i].isAssignableFrom(method.getParameterTypes()[i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether a class below {@code method}'s overrides it, so that the class has it no more. */
    boolean isOverridden(Method method) {
        if (!isInheritable(method)) {
            return false;
        }
        for (Class<?> type : hierarchy) {
            if (type == method.getDeclaringClass()) {
                return false;
            }
            for (Method candidate : type.getDeclaredMethods()) {
                if (candidate.getName().equals(method.getName())
                        && (!type.isInterface() || !Modifier.isAbstract(candidate.getModifiers()))
                        && isInheritable(candidate)
                        && Arrays.equals(candidate.getParameterTypes(), method.getParameterTypes())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The caching annotations of what {@code method} overrides: those of the nearest that has any. */
    List<Annotation> inheritedCaching(Method method) {
        for (Method overridden : overriddenBy(method)) {
            List<Annotation> found = caching(overridden);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    /** The caching annotation of the class or interface that declares {@code method} or what it overrides; null without. */
    @Nullable
    Annotation ofDeclaringTypes(Method method) {
        List<Class<?>> types = new ArrayList<>();
        types.add(method.getDeclaringClass());
        overriddenBy(method).forEach(overridden -> types.add(overridden.getDeclaringClass()));
        for (Class<?> type : types) {
            List<Annotation> found = caching(type);
            if (!found.isEmpty()) {
                return found.get(0);
            }
        }
        return null;
    }

    static List<Annotation> caching(AnnotatedElement element) {
        return Arrays.stream(element.getDeclaredAnnotations())
                .filter(Caching::isCaching)
                .toList();
    }
}
