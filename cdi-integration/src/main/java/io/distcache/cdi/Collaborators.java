package io.distcache.cdi;

import jakarta.enterprise.context.spi.CreationalContext;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The key generators and resolver factories that annotations name by class: the bean of that class if there is one, else an
 * instance. One of each for the application. Thread-safe.
 */
final class Collaborators {
    private final BeanManager beans;
    private final CreationalContext<?> context;
    private final Map<Class<?>, Object> known = new ConcurrentHashMap<>();

    Collaborators(BeanManager beans) {
        this.beans = beans;
        this.context = beans.createCreationalContext(null);
    }

    /** Why there can be no object of {@code type}; null if there can. */
    @Nullable
    String problem(Class<?> type) {
        Set<Bean<?>> candidates = beans.getBeans(type);
        if (candidates.size() > 1) {
            try {
                Bean<?> unused = beans.resolve(candidates);
                return null;
            } catch (jakarta.enterprise.inject.AmbiguousResolutionException e) {
                return "there are several beans of " + type.getName() + ": " + candidates
                        + "; make one of them an @Alternative with a @Priority";
            }
        }
        if (!candidates.isEmpty()) {
            return null;
        }
        boolean instantiable = !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
        try {
            Constructor<?> unused = type.getDeclaredConstructor();
        } catch (NoSuchMethodException e) {
            instantiable = false;
        }
        return instantiable
                ? null
                : type.getName()
                        + " is no bean, and has no constructor without parameters to be made by; make it a bean,"
                        + " or give it one";
    }

    <T> T get(Class<T> type) {
        Object object = known.get(type);
        if (object == null) {
            object = known.computeIfAbsent(type, this::create);
        }
        return type.cast(object);
    }

    private Object create(Class<?> type) {
        Bean<?> bean = beans.resolve(beans.getBeans(type));
        if (bean != null) {
            return beans.getReference(bean, type, context);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (InvocationTargetException e) {
            throw new CacheAnnotationException(
                    "the constructor of " + type.getName() + " failed: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new CacheAnnotationException("cannot make a " + type.getName() + ": " + e, e);
        }
    }

    /** The application ends: dependent beans end with it. */
    void release() {
        context.release();
    }
}
