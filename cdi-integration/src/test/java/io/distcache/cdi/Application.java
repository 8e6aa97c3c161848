package io.distcache.cdi;

import java.util.UUID;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/** An application of a few beans in a container of its own, with nothing in any other process's memory. */
final class Application implements AutoCloseable {
    private static final String URI = "distcache.uri";
    private static final String DISTCACHE = "io.distcache.jcache.DistCachingProvider";
    private static final String REFERENCE = "org.jsr107.ri.spi.RICachingProvider";

    private final WeldContainer container;

    private Application(String provider, String uri, Class<?>... beans) {
        System.setProperty(Caching.JAVAX_CACHE_CACHING_PROVIDER, provider);
        if (uri == null) {
            System.clearProperty(URI);
        } else {
            System.setProperty(URI, uri);
        }
        try {
            container = new Weld(UUID.randomUUID().toString())
                    .disableDiscovery() // of beans, and so of extensions; AnnotationsTckIT and the example have them
                    // found
                    .addExtension(new CachingExtension())
                    .addBeanClasses(beans)
                    .initialize();
        } finally {
            System.clearProperty(URI);
        }
    }

    /** On a node of its own inside this process. */
    static Application of(Class<?>... beans) {
        return on("distcache:embedded/" + UUID.randomUUID(), beans);
    }

    /** On the node that the URI names. */
    static Application on(String uri, Class<?>... beans) {
        Application application = new Application(DISTCACHE, uri, beans);
        // The provider's manager reads the URI when it is first asked for.
        System.setProperty(URI, uri);
        application.get(CacheManager.class).getURI();
        System.clearProperty(URI);
        return application;
    }

    /** With the reference implementation as the provider. */
    static Application onReferenceImplementation(Class<?>... beans) {
        return new Application(REFERENCE, null, beans);
    }

    <T> T get(Class<T> bean) {
        return container.select(bean).get();
    }

    Cache<Object, Object> cache(String name) {
        return get(CacheManager.class).getCache(name);
    }

    WeldContainer container() {
        return container;
    }

    @Override
    public void close() {
        container.close();
    }
}
