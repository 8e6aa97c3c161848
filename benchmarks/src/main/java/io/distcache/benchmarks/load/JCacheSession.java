package io.distcache.benchmarks.load;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/** A peer seen through {@code javax.cache} and nothing else. */
final class JCacheSession implements Session {
    /** Fields with this prefix are properties of the cache manager. */
    static final String PROPERTY = "property.";

    /** Fields with this prefix name a getter of a cache's configuration, with its class, and what it has to give. */
    static final String CONFIGURED = "configured.";

    private final CacheManager manager;
    private final boolean declared;
    private final Map<String, String> configured;

    private JCacheSession(CacheManager manager, boolean declared, Map<String, String> configured) {
        this.manager = manager;
        this.declared = declared;
        this.configured = configured;
    }

    /** Opens a manager: {@code provider} and {@code uri}; {@code declared=true} if the server knows the caches already. */
    static JCacheSession open(Line line) {
        Properties properties = new Properties();
        line.fields().forEach((name, value) -> {
            if (name.startsWith(PROPERTY)) {
                properties.setProperty(name.substring(PROPERTY.length()), value);
            }
        });
        CachingProvider provider = Caching.getCachingProvider(line.text("provider"));
        CacheManager manager = provider.getCacheManager(
                URI.create(line.text("uri")), JCacheSession.class.getClassLoader(), properties);
        Map<String, String> configured = new LinkedHashMap<>();
        line.fields().forEach((name, value) -> {
            if (name.startsWith(CONFIGURED)) {
                configured.put(name.substring(CONFIGURED.length()), value);
            }
        });
        return new JCacheSession(manager, Boolean.parseBoolean(line.text("declared")), configured);
    }

    @Override
    @SuppressWarnings("unchecked") // only values of this kind are ever put
    public Target create(String name, ValueKind kind) {
        if (declared) {
            return attach(name, kind);
        }
        return new JCacheTarget(manager.createCache(
                name, new MutableConfiguration<String, Object>().setTypes(String.class, (Class<Object>) kind.type())));
    }

    @Override
    public Target attach(String name, ValueKind kind) {
        Cache<String, Object> cache = manager.getCache(name);
        if (cache == null) {
            throw new IllegalStateException("there is no cache " + name);
        }
        configured.forEach((getter, expected) -> check(cache, getter, expected));
        return new JCacheTarget(cache);
    }

    /** A declared cache is as its declaration says only if that was understood. */
    @SuppressWarnings("unchecked") // the class is named by the peer whose configuration it is
    private static void check(Cache<String, Object> cache, String getter, String expected) {
        int dot = getter.lastIndexOf('.');
        try {
            Class<Configuration<String, Object>> type =
                    (Class<Configuration<String, Object>>) Class.forName(getter.substring(0, dot));
            Object actual = type.getMethod(getter.substring(dot + 1)).invoke(cache.getConfiguration(type));
            if (!String.valueOf(actual).equals(expected)) {
                throw new IllegalStateException(
                        "cache " + cache.getName() + ": " + getter + " is " + actual + ", not " + expected);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    getter + " can not be asked of " + cache.getConfiguration(Configuration.class), e);
        }
    }

    @Override
    public void destroy(String name) {
        manager.destroyCache(name);
    }

    @Override
    public void close() {
        manager.close();
    }

    private record JCacheTarget(Cache<String, Object> cache) implements Target {

        @Override
        public @Nullable Object get(String key) {
            return cache.get(key);
        }

        @Override
        public void put(String key, Object value) {
            cache.put(key, value);
        }

        @Override
        public Map<String, Object> getAll(Set<String> keys) {
            return cache.getAll(keys);
        }

        @Override
        public void putAll(Map<String, Object> entries) {
            cache.putAll(entries);
        }

        @Override
        public void increment(String key) {
            cache.invoke(key, new Increment());
        }
    }
}
