package io.distcache.tck;

import javax.cache.annotation.BeanProvider;
import manager.CacheNameOnEachMethodBlogManagerImpl;
import manager.ClassLevelCacheConfigBlogManagerImpl;
import manager.UsingDefaultCacheNameBlogManagerImpl;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/**
 * Gives the TCK its beans from Weld, which finds the extension as it would in any application. The beans have no scope, and so
 * must be named. Thread-safe.
 */
public final class WeldBeanProvider implements BeanProvider {
    private final WeldContainer container;

    /** Starts the container, for as long as this JVM runs. */
    public WeldBeanProvider() {
        container = new Weld()
                .addBeanClasses(
                        CacheNameOnEachMethodBlogManagerImpl.class,
                        ClassLevelCacheConfigBlogManagerImpl.class,
                        UsingDefaultCacheNameBlogManagerImpl.class)
                .initialize();
    }

    @Override
    public <T> T getBeanByType(Class<T> type) {
        return container.select(type).get();
    }
}
