package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.FailurePolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pool, options and caches where frameworks have a place for them: a file of settings, and the property distcache.uri. */
class SettingsFileTest {
    private static final String SHOP = """
            # What the shop keeps
            distcache.uri = distcache:embedded/shop
            distcache.timeout = 7s
            distcache.token = S3CRET

            distcache.cache.books.time-to-live = 10m
            distcache.cache.books.max-entries = 1000
            distcache.cache.books.statistics = true
            distcache.cache.com.acme.Order.max-bytes = 64mb
            distcache.cache.com.acme.Order.when-full = refuse
            distcache.cache.com.acme.Order.failure-policy = miss
            distcache.cache.com.acme.Order.stale-reads = allow
            distcache.cache.by\\ name\\:x.key-type = java.lang.String
            distcache.cache.by\\ name\\:x.time-to-idle = 500ms
            """;

    private final DistCachingProvider provider = new DistCachingProvider();

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        System.clearProperty("distcache.uri");
        provider.close();
    }

    private URI file(String text) throws IOException {
        return Files.writeString(directory.resolve("distcache.properties"), text)
                .toUri();
    }

    private static void isTheShop(CacheManager manager) {
        assertThat(manager.getCacheNames()).containsExactlyInAnyOrder("books", "com.acme.Order", "by name:x");
        DistCacheConfiguration<?, ?> books = configuration(manager, "books");
        assertThat(books.getMaxEntries()).isEqualTo(1000);
        assertThat(books.isStatisticsEnabled()).isTrue();
        assertThat(books.isAllowStaleReads()).isFalse();
        assertThat(books.getExpiryPolicyFactory().create().getExpiryForUpdate())
                .isEqualTo(new Duration(TimeUnit.MINUTES, 10));
        DistCacheConfiguration<?, ?> orders = configuration(manager, "com.acme.Order");
        assertThat(orders.getMaxBytes()).isEqualTo(64 << 20);
        assertThat(orders.isRefuseWhenFull()).isTrue();
        assertThat(orders.getFailurePolicy()).isEqualTo(FailurePolicy.MISS);
        assertThat(orders.isAllowStaleReads()).isTrue();
        assertThat(new DistCacheConfiguration<>(orders)).isEqualTo(orders);
        assertThat(new DistCacheConfiguration<>(orders).allowStaleReads(false)).isNotEqualTo(orders);
        DistCacheConfiguration<?, ?> named = configuration(manager, "by name:x");
        assertThat(named.getKeyType()).isEqualTo(String.class);
        assertThat(named.getExpiryPolicyFactory().create().getExpiryForAccess())
                .isEqualTo(new Duration(TimeUnit.MILLISECONDS, 500));
        assertThat(manager.getURI().toString()).doesNotContain("S3CRET");
    }

    @SuppressWarnings("unchecked") // any configuration of a cache is one of its types
    private static DistCacheConfiguration<?, ?> configuration(CacheManager manager, String cache) {
        return manager.getCache(cache).getConfiguration(DistCacheConfiguration.class);
    }

    @Test
    void a_file_names_nodes_options_and_caches() throws IOException {
        URI uri = file(SHOP);

        CacheManager manager = provider.getCacheManager(uri, null);

        isTheShop(manager);
        assertThat(provider.getCacheManager(uri, null)).isSameAs(manager);
        assertThat(manager.getURI()).isEqualTo(uri);
    }

    @Test
    void in_a_jar_and_on_the_class_path_of_the_manager_s_loader() throws IOException {
        Path jar = directory.resolve("app.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry("conf/shop.properties"));
            entries.write(SHOP.getBytes(StandardCharsets.UTF_8));
        }
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, getClass().getClassLoader())) {
            try (CacheManager manager =
                    provider.getCacheManager(URI.create("jar:" + jar.toUri() + "!/conf/shop.properties"), loader)) {
                isTheShop(manager);
            }
            try (CacheManager manager =
                    provider.getCacheManager(URI.create("classpath:conf/shop.properties"), loader)) {
                isTheShop(manager);
            }
        }
        Files.delete(jar);
    }

    @Test
    void as_the_default_and_for_all_who_ask_at_once() throws Exception {
        System.setProperty("distcache.uri", file(SHOP).toString());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<CacheManager>> asking = new ArrayList<>();
            for (int n = 0; n < 4; n++) {
                asking.add(() -> {
                    CacheManager manager = provider.getCacheManager();
                    isTheShop(manager);
                    return manager;
                });
            }
            for (Future<CacheManager> answer : threads.invokeAll(asking)) {
                assertThat(answer.get()).isSameAs(provider.getCacheManager());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " | ",
            value = {
                "distcache.timeot=3s | unknown key distcache.timeot; the nearest known one is distcache.timeout",
                "timeout=3s | unknown key timeout; the nearest known one is distcache.timeout",
                "distcache.cache.books.time-to-liv=3s | unknown key distcache.cache.books.time-to-liv; the nearest known one is distcache.cache.books.time-to-live",
                "distcache.cache.books=3s | unknown key distcache.cache.books",
                "distcache.cache.books.time-to-live=soon | distcache.cache.books.time-to-live is 'soon'; write a duration",
                "distcache.cache.books.time-to-live=0s | distcache.cache.books.time-to-live is '0s'; write a duration",
                "distcache.cache.books.max-bytes=9999999999gb | distcache.cache.books.max-bytes is '9999999999gb'",
                "distcache.cache.books.max-entries=-1 | distcache.cache.books.max-entries is '-1'; write a whole number",
                "distcache.cache.books.when-full=never | distcache.cache.books.when-full is 'never'; write evict or refuse",
                "distcache.cache.books.key-type=com.acme.None | distcache.cache.books.key-type is 'com.acme.None'",
                "distcache.timeout=soon | option timeout is 'soon'",
                "distcache.uri=file:/other.properties | names no nodes",
                "distcache.uri=distcache:nowhere | names neither hosts nor 'embedded'",
                "S3CRET | unknown key <hidden>",
            })
    void what_is_wrong_in_it_is_told_with_file_and_key(String line, String message) throws IOException {
        URI uri = file(line + "\n");

        assertThatThrownBy(() -> provider.getCacheManager(uri, null))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(uri.toString())
                .hasMessageContaining(message)
                .hasMessageNotContaining("S3CRET");
    }

    @Test
    void a_key_that_is_there_twice_and_two_times_for_one_cache_are_errors() throws IOException {
        URI twice = file("distcache.timeout=1s\ndistcache.timeout=2s\n");
        assertThatThrownBy(() -> provider.getCacheManager(twice, null)).hasMessageContaining("is there twice");
        URI two = file("distcache.cache.c.time-to-live=1s\ndistcache.cache.c.time-to-idle=1s\n");
        assertThatThrownBy(() -> provider.getCacheManager(two, null)).hasMessageContaining("cannot both be");
    }

    @Test
    void a_file_that_is_not_there_and_one_over_a_network_are_errors() {
        assertThatThrownBy(() -> provider.getCacheManager(URI.create("file:/no/such.properties"), null))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("cannot read the settings of the manager from file:/no/such.properties");
        assertThatThrownBy(() -> provider.getCacheManager(URI.create("classpath:no/such.properties"), null))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("finds no/such.properties");
        assertThatThrownBy(() -> provider.getCacheManager(URI.create("http://127.0.0.1:1/x.properties"), null))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("its scheme is http");
    }

    @Test
    void a_manager_whose_caches_cannot_be_made_is_not_left_open() throws IOException {
        try (CacheManager other = provider.getCacheManager(URI.create("distcache:embedded/taken"), null)) {
            other.createCache("books", new DistCacheConfiguration<Object, Object>().maxEntries(7));
            URI uri = file("distcache.uri=distcache:embedded/taken\ndistcache.cache.books.max-entries=8\n");

            assertThatThrownBy(() -> provider.getCacheManager(uri, null))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("defines cache books")
                    .hasMessageContaining(uri.toString());
            other.destroyCache("books");
            assertThat(provider.getCacheManager(uri, null).getCacheNames()).containsExactly("books");
        }
    }

    @Test
    void the_property_names_the_uri_where_none_is_given_or_the_default() {
        Properties properties = new Properties();
        properties.setProperty("distcache.uri", "distcache:embedded/by-property");

        CacheManager manager = provider.getCacheManager(null, null, properties);

        assertThat(manager.getURI()).hasToString("distcache:embedded/by-property");
        assertThat(provider.getCacheManager(provider.getDefaultURI(), null, properties))
                .isSameAs(manager);
        assertThat(provider.getCacheManager(null, null, new Properties(properties)))
                .isSameAs(manager);
        properties.setProperty("distcache.uri", "no uri at all?token=S3CRET");
        assertThatThrownBy(() -> provider.getCacheManager(null, null, properties))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("the property distcache.uri of the manager is")
                .hasMessageNotContaining("S3CRET");
    }

    @Test
    void properties_that_come_too_late_are_warned_of_once() {
        URI uri = URI.create("distcache:embedded/late");
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", "3s");
        properties.setProperty("distcache.token", "S3CRET");
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try {
            provider.getCacheManager(uri, null, properties);
            provider.getCacheManager(uri, null, properties);
            provider.getCacheManager(uri, null);
            assertThat(logged.toString(StandardCharsets.UTF_8)).doesNotContain("too late");
            properties.setProperty("distcache.timeout", "4s");
            properties.setProperty("distcache.token", "S3CRET2");
            properties.setProperty("distcache.uri", "distcache:embedded/elsewhere");
            provider.getCacheManager(uri, null, properties);
            provider.getCacheManager(uri, null, properties);
        } finally {
            System.setErr(standardError);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce(
                        "distcache.timeout=4s comes too late for the manager of distcache:embedded/late, which is"
                                + " open with 3s")
                .containsOnlyOnce("another distcache.token comes too late")
                .contains("the property distcache.uri = ")
                .contains("has no effect")
                .doesNotContain("S3CRET");
    }

    @Test
    void properties_of_ours_that_have_no_effect_are_warned_of_once_and_those_of_others_not() {
        URI uri = URI.create("distcache:embedded/unknown");
        Properties defaults = new Properties();
        defaults.setProperty("distcache.conect-timeout", "S3CRET1");
        Properties properties = new Properties(defaults);
        properties.setProperty("distcache.timout", "S3CRET2");
        properties.setProperty("distcache.cache.books.time-to-live", "10m");
        properties.setProperty("distcache.cdi.on-failure", "throw");
        properties.setProperty("distcacheTimeout", "3s");
        properties.setProperty("hibernate.javax.cache.provider", DistCachingProvider.class.getName());
        properties.put("distcache.max-in-flight", 512);
        properties.put(new Object(), new Object());
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try {
            provider.getCacheManager(uri, null, properties);
            provider.getCacheManager(uri, null, properties);
        } finally {
            System.setErr(standardError);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("has no effect")))
                .hasSize(4)
                .allMatch(line -> line.contains("of the manager of distcache:embedded/unknown has no effect"))
                .allMatch(line -> line.contains("came with the properties that getCacheManager was called with"))
                .anyMatch(line -> line.contains("property distcache.timout of the manager")
                        && line.contains("the nearest known key is distcache.timeout."))
                .anyMatch(line -> line.contains("property distcache.conect-timeout of the manager")
                        && line.contains("the nearest known key is distcache.connect-timeout."))
                .anyMatch(line -> line.contains("property distcache.cache.books.time-to-live of the manager")
                        && line.contains("caches are defined in a file of settings"))
                .anyMatch(line -> line.contains("property distcache.max-in-flight of the manager")
                        && line.contains("its value is no text"));
        assertThat(logged.toString(StandardCharsets.UTF_8)).doesNotContain("S3CRET", "hibernate", "cdi");
    }
}
