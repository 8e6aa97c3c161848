package io.distcache.cdi;

import jakarta.enterprise.inject.Stereotype;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedType;
import jakarta.enterprise.inject.spi.configurator.AnnotatedTypeConfigurator;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.jspecify.annotations.Nullable;

/**
 * Reads the annotations of bean classes. A method's own annotation counts; else that of the nearest method it overrides or
 * implements; else that of its bean's class or one of its stereotypes; else that of the class or interface that declares it.
 * Confined to the deploying thread.
 */
final class MethodReader {
    private final Map<Class<?>, Boolean> mentions = new HashMap<>();

    /** Whether the annotations may occur in a type, so that the rest need not be read. */
    boolean mayBeCaching(AnnotatedType<?> type) {
        if (type.getAnnotations().stream().anyMatch(a -> Caching.isCaching(a) || isStereotype(a))
                || type.getMethods().stream()
                        .anyMatch(m -> m.getAnnotations().stream().anyMatch(Caching::isCaching))) {
            return true;
        }
        try {
            return new Declarations(type.getJavaClass())
                    .hierarchy().stream().anyMatch(level -> mentions.computeIfAbsent(level, MethodReader::mentions));
        } catch (LinkageError | TypeNotPresentException e) {
            return false; // A class of an optional library; the container decides what becomes of it.
        }
    }

    private static boolean mentions(Class<?> type) {
        return !Declarations.caching(type).isEmpty()
                || Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(m -> !Declarations.caching(m).isEmpty());
    }

    private static boolean isStereotype(Annotation annotation) {
        return annotation.annotationType().isAnnotationPresent(Stereotype.class);
    }

    /** Writes what methods inherit to the methods themselves, where the container looks. */
    <T> void inherit(AnnotatedType<T> type, Supplier<AnnotatedTypeConfigurator<T>> configurator) {
        Map<Method, Annotation> inherited = inherited(type);
        if (!inherited.isEmpty()) {
            configurator.get().methods().forEach(method -> {
                Annotation found = inherited.get(method.getAnnotated().getJavaMember());
                if (found != null) {
                    var unused = method.add(found);
                }
            });
        }
    }

    /**
     * Of a bean: that all it inherits has been written to it.
     *
     * @throws CacheAnnotationException if the container did not ask about it, since nothing on the class itself says that it is a bean
     */
    void refuseUnseen(AnnotatedType<?> type) {
        if (mayBeCaching(type)) {
            inherited(type).forEach((method, annotation) -> {
                throw new CacheAnnotationException("bean " + type.getJavaClass().getName() + " inherits @"
                        + annotation.annotationType().getSimpleName() + " of " + method.getName()
                        + " from an interface, and containers show it only with a scope of its own: add one to the"
                        + " class, such as @Dependent");
            });
        }
    }

    /** What methods inherit and do not have themselves. */
    private static Map<Method, Annotation> inherited(AnnotatedType<?> type) {
        Map<Method, Annotation> inherited = new HashMap<>();
        Declarations declarations = new Declarations(type.getJavaClass());
        for (AnnotatedMethod<?> method : type.getMethods()) {
            Method java = method.getJavaMember();
            if (java.isBridge()
                    || declarations.isOverridden(java)
                    || !own(method).isEmpty()) {
                continue;
            }
            Annotation found = inherited(type, declarations, java);
            if (found != null) {
                inherited.put(java, found);
            }
        }
        return inherited;
    }

    private static @Nullable Annotation inherited(AnnotatedType<?> type, Declarations declarations, Method method) {
        List<Annotation> ofOverridden = declarations.inheritedCaching(method);
        if (!ofOverridden.isEmpty()) {
            return isInterceptable(method) ? ofOverridden.get(0) : null;
        }
        Annotation ofClass = ofClass(type);
        if (ofClass == null) {
            ofClass = declarations.ofDeclaringTypes(method);
        }
        Caching caching = ofClass == null ? null : Caching.of(ofClass);
        return caching != null && isMeant(caching.kind(), declarations, method) ? ofClass : null;
    }

    private static List<Annotation> own(AnnotatedMethod<?> method) {
        return method.getAnnotations().stream().filter(Caching::isCaching).toList();
    }

    private static @Nullable Annotation ofClass(AnnotatedType<?> type) {
        return withStereotypes(type.getAnnotations()).stream()
                .filter(Caching::isCaching)
                .findFirst()
                .orElse(null);
    }

    /** The annotations, then those of stereotypes among them, and of theirs. */
    private static List<Annotation> withStereotypes(Set<Annotation> annotations) {
        List<Annotation> all = new ArrayList<>(annotations);
        Set<Class<?>> seen = new HashSet<>();
        for (int i = 0; i < all.size(); i++) {
            Annotation annotation = all.get(i);
            if (isStereotype(annotation) && seen.add(annotation.annotationType())) {
                all.addAll(Arrays.asList(annotation.annotationType().getAnnotations()));
            }
        }
        return all;
    }

    /** An annotation of a class is meant for those of its methods for which it makes sense. */
    private static boolean isMeant(Caching.Kind kind, Declarations declarations, Method method) {
        return isInterceptable(method)
                && !isOfObject(method)
                && (kind != Caching.Kind.RESULT || method.getReturnType() != void.class)
                && (kind != Caching.Kind.PUT
                        || parameterAnnotations(List.of(), declarations, method).stream()
                                .anyMatch(a -> a.stream().anyMatch(CacheValue.class::isInstance)));
    }

    private static boolean isInterceptable(Method method) {
        return (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC | Modifier.FINAL)) == 0;
    }

    private static boolean isOfObject(Method method) {
        try {
            var unused = Object.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
            return true;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    /**
     * All annotated methods of a bean.
     *
     * @throws CacheAnnotationException naming bean, method and rule, if one breaks a rule
     */
    List<CacheMethod> read(AnnotatedType<?> type) {
        List<CacheMethod> found = new ArrayList<>();
        if (type.getMethods().stream().noneMatch(m -> !own(m).isEmpty())) {
            return found;
        }
        Declarations declarations = new Declarations(type.getJavaClass());
        for (AnnotatedMethod<?> method : type.getMethods()) {
            Method java = method.getJavaMember();
            List<Annotation> own = own(method);
            if (!own.isEmpty() && !java.isBridge() && !declarations.isOverridden(java)) {
                try {
                    found.add(read(type, declarations, method, own));
                } catch (CacheAnnotationException e) {
                    throw new CacheAnnotationException(
                            CacheMethod.describe(type.getJavaClass(), java) + ": " + e.getMessage(), e);
                }
            }
        }
        return found;
    }

    private static CacheMethod read(
            AnnotatedType<?> type, Declarations declarations, AnnotatedMethod<?> method, List<Annotation> own) {
        Method java = method.getJavaMember();
        Caching given = Caching.of(own.get(0));
        if (given == null || own.size() > 1) {
            throw new CacheAnnotationException("it has "
                    + own.stream()
                            .map(a -> "@" + a.annotationType().getSimpleName())
                            .sorted()
                            .toList()
                    + ", and only one of them may be on a method: leave one, or spread them over several methods");
        }
        if (!isInterceptable(java)) {
            throw new CacheAnnotationException("it is " + Modifier.toString(java.getModifiers())
                    + ", and private, static and final methods cannot be intercepted: drop that modifier or the"
                    + " annotation");
        }
        if (own.get(0) instanceof CacheResult && java.getReturnType() == void.class) {
            throw new CacheAnnotationException(
                    "@CacheResult on a method that returns nothing: return what is to be cached,"
                            + " or use @CachePut with a @CacheValue parameter");
        }
        List<Set<Annotation>> ofParameters = parameterAnnotations(
                method.getParameters().stream().map(p -> p.getAnnotations()).toList(), declarations, java);
        Caching caching = withDefaults(given, type, declarations);
        String cacheName = caching.cacheName().isEmpty() ? CacheMethod.defaultCacheName(java) : caching.cacheName();
        return new CacheMethod(
                type.getJavaClass(),
                java,
                Set.copyOf(method.getAnnotations()),
                caching,
                cacheName,
                new MethodParameters(given.kind(), java, ofParameters),
                AsyncKind.of(java.getReturnType()));
    }

    /** The parameters' own annotations if any of them matters here, else those of the nearest overridden method. */
    private static List<Set<Annotation>> parameterAnnotations(
            List<Set<Annotation>> own, Declarations declarations, Method method) {
        List<Set<Annotation>> first = own.isEmpty() ? annotations(method) : own;
        if (matters(first)) {
            return first;
        }
        for (Method overridden : declarations.overriddenBy(method)) {
            List<Set<Annotation>> inherited = annotations(overridden);
            if (matters(inherited)) {
                return inherited;
            }
        }
        return first;
    }

    private static List<Set<Annotation>> annotations(Method method) {
        return Arrays.stream(method.getParameterAnnotations()).map(Set::of).toList();
    }

    private static boolean matters(List<Set<Annotation>> annotations) {
        return annotations.stream()
                .anyMatch(set -> set.stream().anyMatch(a -> a instanceof CacheKey || a instanceof CacheValue));
    }

    /** Each member that the annotation leaves open is taken from the nearest class, then interface, that says it. */
    private static Caching withDefaults(Caching given, AnnotatedType<?> type, Declarations declarations) {
        List<CacheDefaults> defaults = new ArrayList<>();
        addDefaults(withStereotypes(type.getAnnotations()), defaults);
        for (Class<?> level : declarations.hierarchy()) {
            addDefaults(withStereotypes(Set.of(level.getDeclaredAnnotations())), defaults);
        }
        String name = first(given.cacheName(), "", defaults, CacheDefaults::cacheName);
        Class<? extends CacheKeyGenerator> generator =
                first(given.generator(), CacheKeyGenerator.class, defaults, CacheDefaults::cacheKeyGenerator);
        Class<? extends CacheResolverFactory> factory = first(
                given.resolverFactory(), CacheResolverFactory.class, defaults, CacheDefaults::cacheResolverFactory);
        return new Caching(
                given.kind(),
                given.annotation(),
                name,
                generator,
                factory,
                given.afterInvocation(),
                given.skipGet(),
                given.exceptionCacheName(),
                given.exceptions());
    }

    private static void addDefaults(List<Annotation> annotations, List<CacheDefaults> defaults) {
        for (Annotation annotation : annotations) {
            if (annotation instanceof CacheDefaults found) {
                defaults.add(found);
            }
        }
    }

    private static <T> T first(T given, T open, List<CacheDefaults> defaults, Function<CacheDefaults, T> member) {
        if (!given.equals(open)) {
            return given;
        }
        return defaults.stream()
                .map(member)
                .filter(value -> !value.equals(open))
                .findFirst()
                .orElse(open);
    }
}
