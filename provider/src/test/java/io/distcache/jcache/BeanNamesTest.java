package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.cache.JCacheMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every cache of every manager has beans, under the standard's name, and the tools that make that name of the URI find them. */
class BeanNamesTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private final DistCachingProvider provider = new DistCachingProvider();

    @AfterEach
    void close() {
        provider.close();
    }

    private static MutableConfiguration<String, String> counted() {
        return new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setStatisticsEnabled(true)
                .setManagementEnabled(true);
    }

    private static Set<ObjectName> beans(String type, CacheManager manager) throws Exception {
        String uri = manager.getURI().toString().replaceAll("[:=,\n]", ".");
        return SERVER.queryNames(new ObjectName("javax.cache:type=" + type + ",CacheManager=" + uri + ",*"), null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a?b", "a*b", "a\"b", "a,b", "a=b", "a\nb", "a:b", "a b", "ä", "\"", "*", ",", "a\\b", "?:=,*\""
            })
    void a_cache_of_any_name(String name) throws Exception {
        CacheManager manager = provider.getCacheManager(URI.create("distcache:embedded/any-name?timeout=3s"), null);
        Cache<String, String> cache = manager.createCache(name, counted());
        assertThat(cache.get("k")).isNull();

        assertThat(beans("CacheStatistics", manager)).singleElement().satisfies(bean -> {
            assertThat(bean.getKeyProperty("Cache")).isEqualTo(name.replaceAll("[:=,\n*?\"]", "."));
            assertThat(SERVER.getAttribute(bean, "CacheMisses")).isEqualTo(1L);
        });
        assertThat(beans("CacheConfiguration", manager)).hasSize(1);
        manager.destroyCache(name);
        assertThat(beans("CacheStatistics", manager)).isEmpty();
        assertThat(beans("CacheConfiguration", manager)).isEmpty();
    }

    @Test
    void caches_whose_names_look_alike_have_a_bean_each_and_the_plain_name_is_that_of_who_is_called_so()
            throws Exception {
        CacheManager manager = provider.getCacheManager(URI.create("distcache:embedded/alike"), null);
        List<String> names = List.of("a:b", "a=b", "a.b", "a,b", "a*b");
        for (int n = 0; n < names.size(); n++) {
            Cache<String, String> cache = manager.createCache(names.get(n), counted());
            for (int gets = 0; gets <= n; gets++) {
                assertThat(cache.get("k")).isNull();
            }
        }

        Set<Object> misses = new HashSet<>();
        for (ObjectName bean : beans("CacheStatistics", manager)) {
            misses.add(SERVER.getAttribute(bean, "CacheMisses"));
        }
        assertThat(misses).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
        ObjectName plain =
                new ObjectName("javax.cache:type=CacheStatistics,CacheManager=distcache.embedded/alike,Cache=a.b");
        assertThat(SERVER.getAttribute(plain, "CacheMisses")).isEqualTo(3L);

        names.forEach(manager::destroyCache);
        assertThat(beans("CacheStatistics", manager)).isEmpty();
    }

    @Test
    void one_cache_of_two_class_loaders_has_a_bean_for_each() throws Exception {
        URI uri = URI.create("distcache:embedded/loaders");
        try (URLClassLoader loader = new URLClassLoader(new URL[0], getClass().getClassLoader())) {
            CacheManager one = provider.getCacheManager(uri, null);
            CacheManager other = provider.getCacheManager(uri, loader);
            one.createCache("c", counted());
            other.createCache("c", counted());

            assertThat(beans("CacheStatistics", one))
                    .extracting(bean -> bean.getKeyProperty("instance"))
                    .containsExactlyInAnyOrder(null, "2");
            one.close();
            assertThat(beans("CacheStatistics", other)).hasSize(1);
            other.close();
            assertThat(beans("CacheStatistics", other)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache:embedded",
                "distcache:embedded/f03",
                "distcache:embedded/x?timeout=3s",
                "DISTCACHE:embedded/y",
                "distcache:embedded/x?store.max-bytes=64mb&client-name=a,b",
                "distcache:embedded/a,b",
                "distcache:embedded/x?token=S3CRET",
                "distcache:embedded/x?serialization.allow=com.acme.**",
            })
    void Micrometer_s_binder_finds_the_bean_of_any_uri(String uri) {
        CacheManager manager = provider.getCacheManager(URI.create(uri), null);
        Cache<String, String> cache = manager.createCache("books", counted());
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new JCacheMetrics<>(cache, Tags.empty()).bindTo(registry);

        cache.put("k", "v");
        assertThat(cache.get("k")).isEqualTo("v");

        assertThat(registry.get("cache.gets")
                        .tag("result", "hit")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("cache.puts").functionCounter().count()).isEqualTo(1);
        assertThat(manager.getURI().toString()).doesNotContain("CRET");
        registry.close();
    }

    /** The name that Micrometer makes, and the standard's, of managers that need no connection to have a URI. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache://127.0.0.1:2050/shop",
                "distcache://h1:2050,h2:2050,h3:2050/shop",
                "distcache://n1=h1:2050*2,n2=h2:2050/shop",
                "distcache://h1:2050*3/shop?timeout=500ms&connect-timeout=1s&failure-policy=miss",
                "distcache://h1/shop?client-name=one",
                "distcache://[::1]:2050/shop?token=S3CRET",
            })
    void the_names_that_tools_make_of_a_pool_s_uri_are_those_of_its_beans(String uri) throws Exception {
        String normal = provider.getCacheManager(URI.create(uri), null).getURI().toString();

        ObjectName micrometers = new ObjectName(
                "javax.cache:type=CacheStatistics,CacheManager=" + normal.replace(':', '.') + ",Cache=books");
        assertThat(micrometers.isPattern()).isFalse();
        assertThat(micrometers.getKeyProperty("CacheManager")).isEqualTo(normal.replaceAll("[:=,\n]", "."));
    }

    @Test
    void both_spellings_and_any_case_of_the_scheme_mean_one_manager() {
        CacheManager manager =
                provider.getCacheManager(URI.create("distcache://n1=h1:2050*2,n2=h2:2050/shop?timeout=3s"), null);

        assertThat(manager.getURI()).hasToString("distcache://n1~h1:2050+2;n2~h2:2050/shop;timeout~3s");
        assertThat(provider.getCacheManager(manager.getURI(), null)).isSameAs(manager);
        assertThat(provider.getCacheManager(URI.create("DistCache://n1=h1:2050*2,n2=h2:2050/shop?timeout=3s"), null))
                .isSameAs(manager);
        assertThat(provider.getCacheManager(URI.create("distcache://n1=h1:2050*2,n2=h2:2050/shop?timeout=4s"), null))
                .isNotSameAs(manager);
        provider.close(manager.getURI(), null);
        assertThat(manager.isClosed()).isTrue();
    }
}
