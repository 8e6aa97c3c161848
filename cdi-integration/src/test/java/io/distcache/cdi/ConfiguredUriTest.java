package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.annotation.CacheResult;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a class path with two providers, as those of application servers have: a configured distcache.uri wins. */
class ConfiguredUriTest {
    private static final String OURS = "io.distcache.jcache.DistCachingProvider";
    private static final String REFERENCE = "org.jsr107.ri.spi.RICachingProvider";

    @ApplicationScoped
    static class Finder {
        @CacheResult(cacheName = "found")
        public String find(String key) {
            return "found " + key;
        }
    }

    @Dependent
    static class Reader {
        @Inject
        @CacheName("found")
        Cache<Object, Object> found;
    }

    /** As Payara has one, of its own provider. */
    @ApplicationScoped
    static class ServersManager {
        @Produces
        @Dependent
        CacheManager manager() {
            return Caching.getCachingProvider(REFERENCE).getCacheManager();
        }
    }

    /** As Payara's is while its own cache is switched off. */
    @ApplicationScoped
    static class NoManager {
        @Produces
        @Dependent
        CacheManager manager() {
            return null;
        }
    }

    private static WeldContainer deploy(String uri, Class<?>... beans) {
        System.clearProperty(Caching.JAVAX_CACHE_CACHING_PROVIDER);
        if (uri != null) {
            System.setProperty("distcache.uri", uri);
        }
        return new Weld(UUID.randomUUID().toString())
                .disableDiscovery()
                .addExtension(new CachingExtension())
                .addBeanClasses(beans)
                .initialize();
    }

    private static String unused() {
        return "distcache:embedded/" + UUID.randomUUID();
    }

    /** The providers that were asked for by name are remembered for each class loader, and then are the only ones. */
    @BeforeEach
    void a_new_class_loader() {
        Thread.currentThread()
                .setContextClassLoader(new URLClassLoader(new URL[0], getClass().getClassLoader()));
    }

    @AfterEach
    void restore() {
        Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
        System.clearProperty("distcache.uri");
        System.clearProperty(Caching.JAVAX_CACHE_CACHING_PROVIDER);
    }

    @Test
    void of_several_providers_a_configured_uri_chooses_this_one() {
        String uri = unused();
        try (WeldContainer container = deploy(uri, Finder.class)) {
            assertThat(container.select(Finder.class).get().find("k")).isEqualTo("found k");
            CacheManager manager = container.select(CacheManager.class).get();
            assertThat(manager.getURI()).hasToString(uri);
            assertThat(manager.getCacheNames()).contains("found");
        }
    }

    @Test
    @SuppressWarnings("try")
    void several_providers_without_a_uri_are_an_error_of_deployment_that_says_how_to_choose() {
        assertThatThrownBy(() -> {
                    try (WeldContainer unused = deploy(null, Finder.class)) {
                        throw new AssertionError("it was deployed");
                    }
                })
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining("there is not one JCache provider to choose")
                .hasMessageContaining("Configure distcache.uri");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache://h:1/n?timeot=1s",
                "distcashe://h:1/n",
                "distcache://h:port/n",
                "not a uri",
                "file:/no/such.properties",
                "classpath:no/such.properties"
            })
    @SuppressWarnings("try")
    void a_wrong_uri_is_an_error_of_deployment(String uri) {
        assertThatThrownBy(() -> {
                    try (WeldContainer unused = deploy(uri, Finder.class)) {
                        throw new AssertionError("it was deployed");
                    }
                })
                .isInstanceOf(RuntimeException.class)
                .hasStackTraceContaining(CacheAnnotationException.class.getName());
    }

    @Test
    void a_node_that_is_away_is_none() {
        try (WeldContainer container = deploy("distcache://127.0.0.1:1/n?timeout=300ms", Finder.class)) {
            assertThat(container.select(Finder.class).get().find("k")).isEqualTo("found k");
        }
    }

    @Test
    void a_manager_bean_of_another_provider_does_not_take_the_place_of_the_configured_one() {
        String uri = unused();
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try (WeldContainer container = deploy(uri, Finder.class, Reader.class, ServersManager.class)) {
            container.select(Finder.class).get().find("k");

            assertThat(container
                            .select(CacheManager.class)
                            .get()
                            .getCachingProvider()
                            .getClass())
                    .hasToString("class " + REFERENCE);
            CacheManager ours = Caching.getCachingProvider(OURS)
                    .getCacheManager(URI.create(uri), Thread.currentThread().getContextClassLoader());
            assertThat(ours.getCacheNames()).contains("found");
            assertThat(container.select(Reader.class).get().found.getCacheManager())
                    .isSameAs(ours);
        } finally {
            System.setErr(standardError);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("there is a bean of a CacheManager of " + REFERENCE)
                .contains("since distcache.uri is configured");
    }

    @Test
    void a_manager_bean_that_is_null_counts_as_absent() {
        try (WeldContainer container = deploy(unused(), Finder.class, NoManager.class)) {
            assertThat(container.select(Finder.class).get().find("k")).isEqualTo("found k");
            assertThat(container.select(OutageCounter.class).get().count()).isZero();
        }
    }
}
