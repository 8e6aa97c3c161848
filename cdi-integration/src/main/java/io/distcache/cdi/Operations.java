package io.distcache.cdi;

import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The operations of all annotated methods, by bean class. Thread-safe. */
final class Operations {
    private final Map<Class<?>, Map<Method, Operation>> byBean;

    /** By the class of the object that is called: the container's subclass of the bean's, so it is looked for upwards, once. */
    private final ClassValue<Map<Method, Operation>> byTarget = new ClassValue<>() {
        @Override
        protected Map<Method, Operation> computeValue(Class<?> type) {
            for (Class<?> level = type; level != null; level = level.getSuperclass()) {
                Map<Method, Operation> operations = byBean.get(level);
                if (operations != null) {
                    return operations;
                }
            }
            return Map.of();
        }
    };

    Operations(Map<Class<?>, Map<Method, Operation>> byBean) {
        this.byBean = Map.copyOf(byBean);
    }

    /** What is done around {@code method} of an object of class {@code target}; null for nothing. */
    @Nullable
    Operation of(Class<?> target, Method method) {
        return byTarget.get(target).get(method);
    }
}
