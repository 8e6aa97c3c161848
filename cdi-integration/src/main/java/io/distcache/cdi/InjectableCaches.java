package io.distcache.cdi;

import jakarta.enterprise.context.spi.CreationalContext;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Default;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.InjectionPoint;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The beans that an application can inject: provider, manager, named caches, the counter of outages. What the application
 * produces itself is left to it. They have no client proxies, behind which {@code unwrap} would fail. Confined to the deploying
 * thread until the application runs; what it is asked then is thread-safe.
 */
final class InjectableCaches {
    private static final Logger LOG = LoggerFactory.getLogger(InjectableCaches.class);

    private final LoaderManagers managers;
    private final List<Bean<?>> own = new ArrayList<>();
    private final Set<Wish> wishes = new LinkedHashSet<>();
    private final Set<CacheManager> opened = ConcurrentHashMap.newKeySet();
    private final Set<String> warned = ConcurrentHashMap.newKeySet();
    private boolean isInjected;
    /** Whether a manager, or the provider for one, is made by others; known before our own beans are among those that are noted. */
    private boolean isMadeByOthers;

    /** A cache that is injected somewhere. */
    private record Wish(ParameterizedType type, String name) {}

    /** {@code managers} has those of beans that ours does not see. */
    InjectableCaches(LoaderManagers managers) {
        this.managers = managers;
    }

    void noteBean(Bean<?> bean) {
        if (bean.getTypes().contains(CachingProvider.class)
                || bean.getTypes().contains(CacheManager.class)
                || bean.getTypes().stream().anyMatch(InjectableCaches::isCache)) {
            own.add(bean);
        }
    }

    private static boolean isCache(Type type) {
        return type == Cache.class || (type instanceof ParameterizedType p && p.getRawType() == Cache.class);
    }

    void noteInjectionPoint(InjectionPoint point) {
        Type type = point.getType();
        if (type instanceof ParameterizedType p
                && (p.getRawType() == Instance.class || p.getRawType() == Provider.class)) {
            type = p.getActualTypeArguments()[0];
        }
        isInjected |= type == CacheManager.class;
        for (Annotation qualifier : point.getQualifiers()) {
            if (qualifier instanceof CacheName name && isCache(type) && type instanceof ParameterizedType cache) {
                wishes.add(new Wish(cache, name.value()));
            }
        }
    }

    void add(
            AfterBeanDiscovery event,
            BeanManager beans,
            NodeWatch watch,
            Supplier<OutageCounter> outages,
            Function<String, Set<Type>> heldTypes) {
        isMadeByOthers = isProduced(CacheManager.class) || isProduced(CachingProvider.class);
        if (!isProduced(CachingProvider.class)) {
            event.<CachingProvider>addBean()
                    .addTypes(CachingProvider.class, Object.class)
                    .addQualifiers(Default.Literal.INSTANCE, Any.Literal.INSTANCE)
                    .scope(Singleton.class)
                    .id("io.distcache.cdi CachingProvider")
                    .produceWith(instances -> provider());
        }
        if (!isProduced(CacheManager.class)) {
            event.<CacheManager>addBean()
                    .addTypes(CacheManager.class, Object.class)
                    .addQualifiers(Default.Literal.INSTANCE, Any.Literal.INSTANCE)
                    .scope(Singleton.class)
                    .id("io.distcache.cdi CacheManager")
                    .produceWith(instances ->
                            manager(instances.select(CachingProvider.class).get(), watch))
                    .disposeWith((manager, instances) -> manager.close());
        }
        event.<OutageCounter>addBean()
                .addTypes(OutageCounter.class, Object.class)
                .addQualifiers(Default.Literal.INSTANCE, Any.Literal.INSTANCE)
                .scope(Singleton.class)
                .id("io.distcache.cdi OutageCounter")
                .produceWith(instances -> outages.get());
        for (Wish wish : wishes) {
            if (!isProduced(wish)) {
                event.<Cache<?, ?>>addBean()
                        .addTypes(wish.type, Object.class)
                        .addQualifiers(CacheName.Literal.of(wish.name), Any.Literal.INSTANCE)
                        .scope(Singleton.class)
                        .id("io.distcache.cdi " + wish)
                        .produceWith(instances -> LazyCache.of(
                                managerFor(wish, beans), manager -> cache(manager, wish, heldTypes.apply(wish.name))));
            }
        }
    }

    private boolean isProduced(Class<?> type) {
        return own.stream()
                .anyMatch(bean ->
                        bean.getTypes().contains(type) && bean.getQualifiers().contains(Default.Literal.INSTANCE));
    }

    private boolean isProduced(Wish wish) {
        return own.stream()
                .anyMatch(bean -> bean.getTypes().contains(wish.type)
                        && bean.getQualifiers().contains(CacheName.Literal.of(wish.name)));
    }

    private static @Nullable ClassLoader loader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /** DistCache where a URI for it is configured; else the only provider there is. */
    private static CachingProvider provider() {
        ClassLoader loader = loader();
        if (Settings.uri() != null && Providers.DISTCACHE_IS_PRESENT) {
            return Caching.getCachingProvider(
                    Providers.DISTCACHE, loader == null ? InjectableCaches.class.getClassLoader() : loader);
        }
        try {
            return loader == null ? Caching.getCachingProvider() : Caching.getCachingProvider(loader);
        } catch (CacheException e) {
            throw new CacheAnnotationException(
                    "there is not one JCache provider to choose: " + e.getMessage() + ". Configure distcache.uri for"
                            + " DistCache, or name the provider's class in the system property "
                            + Caching.JAVAX_CACHE_CACHING_PROVIDER + ", or produce a CachingProvider",
                    e);
        }
    }

    private static boolean isDistCache(CachingProvider provider) {
        return provider.getClass().getName().equals(Providers.DISTCACHE);
    }

    /** The manager that the configuration asks for, of this provider if that can be. */
    private CacheManager configured(CachingProvider bean) {
        URI uri = Settings.uri();
        CachingProvider provider = uri == null || isDistCache(bean) ? bean : provider();
        if (uri != null && !isDistCache(provider)) {
            warn(
                    "distcache.uri is configured, but distcache-provider is not on the class path: the caches are those of "
                            + provider.getClass().getName());
            uri = null;
        }
        CacheManager manager = provider.getCacheManager(uri, loader(), Settings.properties());
        opened.add(manager);
        return manager;
    }

    private CacheManager manager(CachingProvider provider, NodeWatch watch) {
        CacheManager manager = configured(provider);
        watch.begin(manager);
        return manager;
    }

    /** Whether this manager was made here. */
    boolean isOurs(CacheManager manager) {
        return opened.contains(manager);
    }

    /** The one that sees the classes of what is injected. */
    private CacheManager managerFor(Wish wish, BeanManager beans) {
        CacheManager manager = manager(beans);
        if (isOurs(manager)) {
            for (Type type : wish.type.getActualTypeArguments()) {
                CacheManager seeing = managers.of(manager, raw(type));
                if (seeing != manager) {
                    return seeing;
                }
            }
        }
        return manager;
    }

    /** Says once what becomes of a configuration that is not followed. */
    private void warn(String text) {
        if (warned.add(text)) {
            LOG.warn(text);
        }
    }

    /**
     * Finds out while the application is deployed whether there will be a manager, where anything needs one that the application does not
     * make itself. A node that is away is no reason not to start.
     *
     * @param isNeeded whether methods are annotated
     */
    void check(boolean isNeeded) {
        boolean isUsed = isNeeded || isInjected || !wishes.isEmpty();
        if (!isUsed || (isMadeByOthers && Settings.uri() == null)) {
            return;
        }
        try {
            CacheManager unused = configured(provider());
        } catch (CacheAnnotationException e) {
            throw e;
        } catch (CacheException e) {
            if (!Outages.isOutage(e)) {
                throw new CacheAnnotationException("there is no cache manager: " + e.getMessage(), e);
            }
        }
    }

    /** The application ends. */
    void close() {
        opened.forEach(CacheManager::close);
    }

    private static Cache<?, ?> cache(CacheManager manager, Wish wish, Set<Type> heldTypes) {
        Class<?> keys = raw(wish.type.getActualTypeArguments()[0]);
        Class<?> values = raw(wish.type.getActualTypeArguments()[1]);
        if (Providers.DISTCACHE_IS_PRESENT) {
            Set<Type> types = new HashSet<>(heldTypes);
            types.addAll(Arrays.asList(wish.type.getActualTypeArguments()));
            DistCacheAccess.declare(manager, wish.name, types);
        }
        Cache<?, ?> present = manager.getCache(wish.name);
        if (present == null) {
            return manager.createCache(wish.name, configuration(keys, values));
        }
        Configuration<?, ?> configuration = configurationOf(present);
        check(wish, "keys", configuration.getKeyType(), keys);
        check(wish, "values", configuration.getValueType(), values);
        return present;
    }

    @SuppressWarnings("unchecked") // any configuration of a cache is one of its types
    private static <K, V> Configuration<K, V> configurationOf(Cache<K, V> cache) {
        return cache.getConfiguration(Configuration.class);
    }

    private static <K, V> MutableConfiguration<K, V> configuration(Class<K> keys, Class<V> values) {
        return new MutableConfiguration<K, V>().setTypes(keys, values);
    }

    private static void check(Wish wish, String side, Class<?> configured, Class<?> injected) {
        if (configured != Object.class && injected != Object.class && configured != injected) {
            throw new CacheAnnotationException("cache '" + wish.name + "' has " + side + " of " + configured.getName()
                    + ", but it is injected as " + wish.type + "; inject it with the types it was created with");
        }
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?> c) {
            return c;
        }
        return type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : Object.class;
    }

    /**
     * The manager of annotated methods and named caches: where a URI for DistCache is configured, that one, or one of DistCache that the
     * application makes itself; else whatever is there.
     */
    CacheManager manager(BeanManager beans) {
        CacheManager bean = bean(beans);
        if (bean == null) {
            return configured(provider());
        }
        if (Settings.uri() == null || opened.contains(bean)) {
            return bean;
        }
        if (!isDistCache(bean.getCachingProvider()) && Providers.DISTCACHE_IS_PRESENT) {
            CacheManager manager = configured(provider());
            warn("there is a bean of a CacheManager of "
                    + bean.getCachingProvider().getClass().getName()
                    + ", which @Inject CacheManager gives; annotated methods and @CacheName use " + manager
                    + ", since distcache.uri is configured");
            return manager;
        }
        warn("annotated methods and @CacheName use the application's own CacheManager bean, " + bean
                + "; the configured distcache.uri is for what that does not serve");
        return bean;
    }

    /** The bean without a client proxy, which would give itself for what {@code unwrap} returns; null if it is made as null. */
    private static @Nullable CacheManager bean(BeanManager beans) {
        Bean<?> bean = beans.resolve(beans.getBeans(CacheManager.class));
        CreationalContext<?> context = beans.createCreationalContext(bean);
        return (CacheManager)
                (beans.isNormalScope(bean.getScope())
                        ? contextual(beans, bean, context)
                        : beans.getReference(bean, CacheManager.class, context));
    }

    @SuppressWarnings("unchecked") // the context belongs to the bean
    private static <T> @Nullable T contextual(BeanManager beans, Bean<T> bean, CreationalContext<?> context) {
        return beans.getContext(bean.getScope()).get(bean, (CreationalContext<T>) context);
    }
}
