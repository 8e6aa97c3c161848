package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever goes wrong with a URI that has a token in it, the token is in nothing that comes out: no exception, whatever caused it, no
 * text of a manager, no name of an MBean, no log.
 */
class SecretsTest {
    private static final String SECRET = "S3CRET";

    private final DistCachingProvider provider = new DistCachingProvider();
    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final StringBuilder cameOut = new StringBuilder();

    @BeforeEach
    void listen_to_the_log() {
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        System.setErr(standardError);
        System.clearProperty("distcache.uri");
        provider.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache://127.0.0.1:1/x?token=S3CRET&timeout=300ms",
                "distcache://127.0.0.1:1/x?token=S3CRET&timeot=1s",
                "distcache://127.0.0.1:1/x?token=S3CRET&timeout=soon",
                "distcache://127.0.0.1:1/x?token=S3CRET&max-in-flight=many",
                "distcache://127.0.0.1:1/x?token=S3CRET&max-in-flight=0",
                "distcache://127.0.0.1:1/x?token=S3CRET&failure-policy=never",
                "distcache://127.0.0.1:1/x?token=S3CRET&failure-policy=never;S3CRET",
                "distcache://127.0.0.1:1/x?token=S3CRET&token=S3CRET2&timeout=300ms",
                "distcache://127.0.0.1:1/x?tokne=S3CRET",
                "distcache://127.0.0.1:1/x?Token=S3CRET",
                "distcache://127.0.0.1:1/x?%74oken=S3CRET&timeout=300ms",
                "distcache://127.0.0.1:1/x?S3CRET",
                "distcache://127.0.0.1:1/x?timeout=1s;token=S3CRET",
                "distcache://127.0.0.1:1/x?timeout=1s#S3CRET",
                "distcache://127.0.0.1:1/x?token=S3 CRET",
                "distcache://127.0.0.1:1/x?token=S3CRET%zz",
                "distcache://127.0.0.1:1/x?token=S3CRET&x=|",
                "distcache://127.0.0.1:1/x&token=S3CRET",
                "distcache://127.0.0.1:1&token=S3CRET",
                "distcache://127.0.0.1:one/x?token=S3CRET",
                "distcache://ada:S3CRET@127.0.0.1:1/x",
                "distcache://S3CRET@127.0.0.1:1/x",
                "distcache://ada:S3/CRET@127.0.0.1:1/x",
                "distcache://n1=ada:S3CRET@127.0.0.1:1/x",
                "distcache:embedded/x?token=S3CRET",
                "distcache:embedded/x?server.auth-token=S3CRET",
                "distcache:embedded/x?server.auth-tokne=S3CRET",
                "distcache:embedded/x?server.auth-token=S3CRET&store.shards=3",
                "distcache:embedded/x?server.auth-token=S3CRET&dataDir=/dev/null",
                "distcache:nowhere?token=S3CRET",
                "distcashe://127.0.0.1:1/x?token=S3CRET",
            })
    void in_a_uri(String text) {
        useAll(text);

        System.err.flush();
        cameOut.append(logged.toString(StandardCharsets.UTF_8));
        assertThat(cameOut.toString()).doesNotContain("CRET").isNotEmpty();
    }

    /** By the API, then as the default. */
    private void useAll(String text) {
        try {
            use(URI.create(text));
        } catch (IllegalArgumentException e) {
            // The JDK says what is no URI; here it can come in only as a default, below.
        }
        System.setProperty("distcache.uri", text);
        try (DistCachingProvider other = new DistCachingProvider()) {
            cameOut.append(other.getDefaultURI() == null);
            use(null);
        } catch (RuntimeException e) {
            record(e);
        }
    }

    private void use(URI uri) {
        try {
            Properties properties = new Properties();
            properties.setProperty("distcache.connect-timeout", "300ms");
            CacheManager manager = provider.getCacheManager(uri, null, properties);
            cameOut.append(manager);
            try {
                cameOut.append(manager.createCache(
                        "c",
                        new MutableConfiguration<>().setStatisticsEnabled(true).setManagementEnabled(true)));
            } catch (CacheException e) {
                record(e);
            }
            cameOut.append(names());
            manager.close();
            cameOut.append(manager);
            manager.getCacheNames();
        } catch (CacheException | IllegalStateException e) {
            record(e);
        }
    }

    /** With all that caused it and all that is suppressed. */
    private void record(Throwable failure) {
        StringWriter all = new StringWriter();
        failure.printStackTrace(new PrintWriter(all, true));
        cameOut.append(all);
    }

    private static Set<String> names() {
        return ManagementFactory.getPlatformMBeanServer().queryNames(null, null).stream()
                .map(ObjectName::getCanonicalName)
                .collect(Collectors.toSet());
    }

    @Test
    void mbeans_of_managers_that_differ_only_in_the_token_have_names_of_their_own() {
        List<CacheManager> managers = new ArrayList<>();
        for (String token : List.of("S3CRET", "S3CRET2", "S3CRET3")) {
            CacheManager manager =
                    provider.getCacheManager(URI.create("distcache:embedded/names?token=" + token), null);
            manager.createCache("c", new MutableConfiguration<>().setStatisticsEnabled(token.endsWith("T")));
            manager.destroyCache("c");
            manager.createCache(token, new MutableConfiguration<>());
            managers.add(manager);
        }

        assertThat(pools())
                .containsExactlyInAnyOrder(
                        "io.distcache:pool=distcache.embedded/names.token.<hidden>,type=Pool",
                        "io.distcache:pool=distcache.embedded/names.token.<hidden>.(2),type=Pool",
                        "io.distcache:pool=distcache.embedded/names.token.<hidden>.(3),type=Pool");
        assertThat(managers).extracting(CacheManager::toString).doesNotHaveDuplicates();

        managers.get(1).close();
        assertThat(pools()).hasSize(2);
        try (CacheManager again =
                provider.getCacheManager(URI.create("distcache:embedded/names?token=S3CRET4"), null)) {
            again.createCache("c", new MutableConfiguration<>());
            assertThat(pools()).hasSize(3);
        }
    }

    private static Set<String> pools() {
        return names().stream()
                .filter(name ->
                        name.startsWith("io.distcache:") && name.contains("/names") && name.endsWith("type=Pool"))
                .collect(Collectors.toSet());
    }

    @Test
    void the_api_gives_back_a_uri_without_it_that_means_the_same_manager_while_that_is_open() {
        URI uri = URI.create("distcache:embedded/same?token=S3CRET");

        CacheManager manager = provider.getCacheManager(uri, null);
        assertThat(manager.getURI()).hasToString("distcache:embedded/same;token~(hidden)");
        assertThat(provider.getCacheManager(manager.getURI(), null)).isSameAs(manager);
        assertThat(provider.getCacheManager(uri, null)).isSameAs(manager);
        assertThat(provider.getCacheManager(URI.create("distcache:embedded/same;token~S3CRET"), null))
                .isSameAs(manager);
        manager.close();

        assertThatThrownBy(() -> provider.getCacheManager(manager.getURI(), null))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("was left out of it by getURI()");
    }

    @Test
    void who_has_another_token_has_another_manager_even_one_that_looks_like_what_stands_for_it() {
        CacheManager manager = provider.getCacheManager(URI.create("distcache:embedded/look?token=S3CRET"), null);
        CacheManager other = provider.getCacheManager(URI.create("distcache:embedded/look?token=%28hidden%29"), null);

        assertThat(other).isNotSameAs(manager);
        assertThat(other.getURI()).hasToString("distcache:embedded/look;token~(hidden)(2)");
    }

    @Test
    void the_default_uri_is_given_back_without_it_too_and_means_the_manager_with_it() {
        System.setProperty("distcache.uri", "distcache:embedded/default?token=S3CRET");

        assertThat(provider.getDefaultURI()).hasToString("distcache:embedded/default;token~(hidden)");
        try (CacheManager manager = provider.getCacheManager(provider.getDefaultURI(), null)) {
            assertThat(manager).isSameAs(provider.getCacheManager());
            assertThat(manager.getURI()).isEqualTo(provider.getDefaultURI());
        }
    }

    @Test
    void in_a_property() {
        Properties properties = new Properties();
        properties.setProperty("distcache.token", SECRET);
        properties.setProperty("distcache.timeout", "300ms");
        properties.setProperty("distcache.connect-timeout", "300ms");

        CacheManager manager = provider.getCacheManager(URI.create("distcache://127.0.0.1:1/x"), null, properties);
        try {
            manager.createCache("c", new MutableConfiguration<>());
        } catch (CacheException e) {
            record(e);
        }
        cameOut.append(manager).append(names()).append(logged.toString(StandardCharsets.UTF_8));

        assertThat(cameOut.toString()).contains("127.0.0.1").doesNotContain(SECRET);
    }
}
