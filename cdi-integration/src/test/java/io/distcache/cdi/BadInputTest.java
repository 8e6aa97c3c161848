package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import java.lang.annotation.Annotation;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheMethodDetails;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each error says what to change, and none is passed over as if the cache were away. */
class BadInputTest {
    private static final String HUNDRED =
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    private static final String FIVE_HUNDRED = HUNDRED + HUNDRED + HUNDRED + HUNDRED + HUNDRED;
    private static final String TOO_LONG = FIVE_HUNDRED + FIVE_HUNDRED + HUNDRED;

    private final Application application = Application.of(Service.class);
    private final Service service = application.get(Service.class);

    /** Neither portable nor Serializable. */
    static final class Handle {
        private final Thread thread = Thread.currentThread();

        @Override
        public String toString() {
            return "handle of " + thread;
        }
    }

    static class NoCaches implements CacheResolverFactory {
        @Override
        public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
            return new CacheResolver() {
                @Override
                public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> context) {
                    return null;
                }
            };
        }

        @Override
        public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
            return null;
        }
    }

    static class NoResolvers extends NoCaches {
        @Override
        public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
            return null;
        }
    }

    static class NoKeys implements CacheKeyGenerator {
        @Override
        public GeneratedCacheKey generateCacheKey(CacheKeyInvocationContext<? extends Annotation> context) {
            return null;
        }
    }

    @ApplicationScoped
    static class Service {
        @CacheResult(cacheName = TOO_LONG)
        public String unknownCache(String key) {
            return key;
        }

        @CacheResult(cacheName = "handles")
        public String byHandle(Handle handle) {
            return "found";
        }

        @CacheResult(cacheName = "handles")
        public Handle handle(String key) {
            return new Handle();
        }

        @CacheRemove(cacheName = "handles")
        public void remove(String key) {
            throw new AssertionError("it must not be called");
        }

        @CachePut(cacheName = "handles")
        public void put(String key, @CacheValue String value) {
            throw new AssertionError("it must not be called");
        }

        @CacheResult(cacheResolverFactory = NoCaches.class)
        public String noCache(String key) {
            return key;
        }

        @CacheResult(cacheResolverFactory = NoResolvers.class)
        public String noResolver(String key) {
            return key;
        }

        @CacheResult(cacheKeyGenerator = NoKeys.class)
        public String noKey(String key) {
            return key;
        }

        @CacheResult(cacheName = "by name")
        public String typed(String key) {
            return key;
        }
    }

    @AfterEach
    void close() {
        assertThat(application.get(OutageCounter.class).count()).isZero();
        application.close();
    }

    @Test
    void a_cache_that_does_not_exist_and_cannot_be_created() {
        assertThatThrownBy(() -> service.unknownCache("k"))
                .isInstanceOf(CacheAnnotationException.class)
                .hasMessageContaining("of method unknownCache(java.lang.String)")
                .hasMessageContaining("does not exist and cannot be created")
                .hasMessageContaining("Create it with CacheManager.createCache");
    }

    @Test
    void a_key_that_cannot_be_serialized() {
        assertThatThrownBy(() -> service.byHandle(new Handle()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(Handle.class.getName())
                .hasMessageContaining("Make it");
    }

    @Test
    void a_value_that_cannot_be_serialized() {
        assertThatThrownBy(() -> service.handle("k"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(Handle.class.getName())
                .hasMessageContaining("Make it");
    }

    @Test
    void a_null_key_parameter() {
        assertThatThrownBy(() -> service.remove(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("parameter 0 (key) of method remove(java.lang.String)")
                .hasMessageContaining("mark other parameters @CacheKey");
    }

    @Test
    void a_null_value_parameter() {
        assertThatThrownBy(() -> service.put("k", null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("parameter 1 (value) of method put")
                .hasMessageContaining("@CacheRemove");
    }

    @Test
    void a_resolver_that_returns_null() {
        assertThatThrownBy(() -> service.noCache("k"))
                .isInstanceOf(CacheAnnotationException.class)
                .hasMessageContaining("returned null for method noCache")
                .hasMessageContaining("let it return the cache");
    }

    @Test
    void a_resolver_factory_that_returns_null() {
        assertThatThrownBy(() -> service.noResolver("k"))
                .isInstanceOf(CacheAnnotationException.class)
                .hasMessageContaining("returned null for method noResolver")
                .hasMessageContaining("let it return a resolver");
    }

    @Test
    void a_key_generator_that_returns_null() {
        assertThatThrownBy(() -> service.noKey("k"))
                .isInstanceOf(CacheAnnotationException.class)
                .hasMessageContaining("returned null for method noKey")
                .hasMessageContaining("let it return a key");
    }

    @Test
    void a_cache_whose_keys_are_of_another_type() {
        application
                .get(CacheManager.class)
                .createCache(
                        "by name", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
        assertThatThrownBy(() -> service.typed("k"))
                .isInstanceOf(CacheAnnotationException.class)
                .hasMessageContaining("has keys of java.lang.String")
                .hasMessageContaining("setTypes(GeneratedCacheKey.class");
    }
}
