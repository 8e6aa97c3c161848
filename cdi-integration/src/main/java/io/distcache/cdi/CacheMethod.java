package io.distcache.cdi;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.annotation.CacheMethodDetails;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of an annotated method of a bean before it is called. Immutable.
 *
 * @param caching what its annotation says, the defaults of {@link javax.cache.annotation.CacheDefaults} applied
 * @param cacheName never empty
 * @param async how its result comes later; null if it comes at once
 */
record CacheMethod(
        Class<?> beanClass,
        Method method,
        Set<Annotation> annotations,
        Caching caching,
        String cacheName,
        MethodParameters parameters,
        @Nullable AsyncKind async) {

    /** How the standard names a method's own cache. */
    static String defaultCacheName(Method method) {
        return method.getDeclaringClass().getName() + "." + method.getName() + parameters(method);
    }

    private static String parameters(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(CacheMethod::sourceName)
                .collect(Collectors.joining(",", "(", ")"));
    }

    private static String sourceName(Class<?> type) {
        return type.isArray() ? sourceName(type.getComponentType()) + "[]" : type.getName();
    }

    /** Bean and method, for messages. */
    static String describe(Class<?> beanClass, Method method) {
        String text = "method " + method.getName() + parameters(method) + " of bean " + beanClass.getName();
        return method.getDeclaringClass() == beanClass
                ? text
                : text + " (declared by " + method.getDeclaringClass().getName() + ")";
    }

    String describe() {
        return describe(beanClass, method);
    }

    /** As the standard shows it to resolver factories. */
    @SuppressWarnings("unchecked") // A is the type of the annotation that the method has
    <A extends Annotation> CacheMethodDetails<A> details() {
        return (CacheMethodDetails<A>) new Details(this);
    }

    private record Details(CacheMethod of) implements CacheMethodDetails<Annotation> {
        @Override
        public Method getMethod() {
            return of.method;
        }

        @Override
        public Set<Annotation> getAnnotations() {
            return of.annotations;
        }

        @Override
        public Annotation getCacheAnnotation() {
            return of.caching.annotation();
        }

        @Override
        public String getCacheName() {
            return of.cacheName;
        }
    }
}
