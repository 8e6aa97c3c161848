package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.jcache.DistCachingProvider;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several applications with one extension, as the WARs of an EAR that has it among its libraries. */
class LoaderManagersTest {
    @TempDir
    Path classes;

    private final DistCachingProvider provider = new DistCachingProvider();
    private final LoaderManagers managers = new LoaderManagers();

    @AfterEach
    void close() {
        provider.close();
    }

    /** A WAR has this class, and each WAR its own. */
    private Class<?> war() throws Exception {
        Path source = classes.resolve("Bean.java");
        Files.writeString(source, "public class Bean implements java.io.Serializable {}");
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
                .isZero();
        return new URLClassLoader(
                        new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())
                .loadClass("Bean");
    }

    private CacheManager own() {
        return provider.getCacheManager(
                URI.create("distcache:embedded/ear"), getClass().getClassLoader());
    }

    @Test
    void each_has_a_manager_of_its_own_class_loader() throws Exception {
        CacheManager own = own();
        for (Class<?> bean : List.of(war(), war())) {
            CacheManager manager = managers.of(own, bean);
            assertThat(manager.getClassLoader()).isSameAs(bean.getClassLoader());
            assertThat(manager.getURI()).isEqualTo(own.getURI());
            assertThat(managers.of(own, bean)).isSameAs(manager);
        }
    }

    @Test
    void what_the_applications_own_manager_sees_is_served_by_it() {
        CacheManager own = own();
        assertThat(managers.of(own, LoaderManagersTest.class)).isSameAs(own);
        assertThat(managers.of(own, String.class)).isSameAs(own);
    }

    @Test
    void their_beans_have_their_own_classes_back_from_a_cache_of_one_name() throws Exception {
        CacheManager own = own();
        for (Class<?> bean : List.of(war(), war())) {
            CacheManager manager = managers.of(own, bean);
            DistCacheAccess.declare(manager, "results", Set.of(bean));
            Cache<Object, Object> present = manager.getCache("results");
            Cache<Object, Object> results =
                    present != null ? present : manager.createCache("results", new MutableConfiguration<>());
            results.put("k", bean.getConstructor().newInstance());
            assertThat(results.get("k")).isInstanceOf(bean);
        }
    }

    @Test
    void they_end_with_the_application() throws Exception {
        CacheManager own = own();
        CacheManager manager = managers.of(own, war());

        managers.close();

        assertThat(manager.isClosed()).isTrue();
        assertThat(own.isClosed()).isFalse();
    }
}
