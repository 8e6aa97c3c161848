package io.distcache.benchmarks.load;

import java.net.URI;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/** A peer seen through {@code javax.cache} and nothing else. */
final class JCacheSession implements Session {
    /** Fields with this prefix are properties of the cache manager. */
    static final String PROPERTY = "property.";

    private final CacheManager manager;
    private final boolean declared;

    private JCacheSession(CacheManager manager, boolean declared) {
        this.manager = manager;
        this.declared = declared;
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
        return new JCacheSession(manager, Boolean.parseBoolean(line.text("declared")));
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
        return new JCacheTarget(cache);
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
