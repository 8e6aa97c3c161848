package io.distcache.client.spi.codec;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where classes that stored bytes name are looked up, in this order: the class loaders of the declared types, that of the manager or
 * client, and last the context class loader of the thread that asks. Only the last one depends on who asks, so what it finds must not be
 * remembered for others, whose class loader may have another class of the name; nor would it ever be let go. Immutable.
 */
public final class ClassSources {
    private final List<ClassLoader> own;

    private ClassSources(List<ClassLoader> own) {
        this.own = own;
    }

    /** Those of declared types, which may be none, before {@code loader}. */
    public static ClassSources of(Collection<? extends Type> declared, ClassLoader loader) {
        Set<ClassLoader> loaders = new LinkedHashSet<>();
        declared.forEach(type -> add(loaders, type));
        loaders.add(loader);
        return new ClassSources(List.copyOf(loaders));
    }

    private static void add(Set<ClassLoader> loaders, Type type) {
        if (type instanceof Class<?> named) {
            // Those of the JDK have none, or one that all others ask first.
            if (!JdkValueTypes.isPlatform(ClassNames.element(named)) && named.getClassLoader() != null) {
                loaders.add(named.getClassLoader());
            }
        } else if (type instanceof ParameterizedType generic) {
            add(loaders, generic.getRawType());
            for (Type argument : generic.getActualTypeArguments()) {
                add(loaders, argument);
            }
        } else if (type instanceof GenericArrayType array) {
            add(loaders, array.getGenericComponentType());
        }
    }

    /** The class of that name, or null if only the thread's context could have it. May be remembered. */
    @Nullable
    Class<?> findOwn(String name) {
        for (ClassLoader loader : own) {
            try {
                return ClassNames.load(name, loader);
            } catch (ClassNotFoundException e) {
                // The next one may have it.
            }
        }
        return null;
    }

    /** The class of that name, without running anything of it. Of use for the current call only. */
    public Class<?> find(String name) throws ClassNotFoundException {
        Class<?> found = findOwn(name);
        if (found != null) {
            return found;
        }
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null && !own.contains(context)) {
            return ClassNames.load(name, context);
        }
        throw new ClassNotFoundException(name);
    }
}
