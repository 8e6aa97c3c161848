package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.GeneratedCacheKey;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.spi.CachingProvider;
import org.junit.jupiter.api.Test;

class InjectionTest {

    record Book(String isbn) {}

    @Dependent
    static class Reader {
        @Inject
        CachingProvider provider;

        @Inject
        CacheManager manager;

        @Inject
        @CacheName("books")
        Cache<String, Book> books;

        @Inject
        @CacheName("found")
        Cache<GeneratedCacheKey, Book> found;
    }

    @ApplicationScoped
    static class Finder {
        @CacheResult(cacheName = "found")
        public Book find(String isbn) {
            return new Book(isbn);
        }
    }

    @ApplicationScoped
    static class OwnProducer {
        static final Object[] MADE = new Object[2];

        @Produces
        @ApplicationScoped
        CacheManager manager(CachingProvider provider) {
            CacheManager made = provider.getCacheManager(
                    URI.create("distcache:embedded/own"), getClass().getClassLoader());
            MADE[0] = made;
            return made;
        }

        @Produces
        @CacheName("books")
        Cache<String, Book> books(CacheManager manager) {
            return manager.createCache("another", new javax.cache.configuration.MutableConfiguration<>());
        }
    }

    @Test
    void provider_manager_and_named_caches_can_be_injected() {
        try (Application application = Application.of(Reader.class)) {
            Reader reader = application.get(Reader.class);
            reader.books.put("1", new Book("1"));
            assertThat(reader.manager
                            .getCache("books", String.class, Book.class)
                            .get("1"))
                    .isEqualTo(new Book("1"));
            assertThat(reader.provider).isSameAs(reader.manager.getCachingProvider());
            assertThat(application.get(CacheManager.class)).isSameAs(reader.manager);
            @SuppressWarnings("unchecked")
            CompleteConfiguration<String, Book> configuration =
                    reader.books.getConfiguration(CompleteConfiguration.class);
            assertThat(configuration.getValueType()).isEqualTo(Book.class);
        }
    }

    @Test
    void the_cache_of_annotated_methods_can_be_injected_and_read() {
        try (Application application = Application.of(Reader.class, Finder.class)) {
            Reader reader = application.get(Reader.class);
            application.get(Finder.class).find("1");
            assertThat(reader.found.iterator().next().getValue()).isEqualTo(new Book("1"));
        }
    }

    @Test
    void what_the_application_produces_itself_wins_for_injection_and_for_annotated_methods() {
        try (Application application = Application.of(Reader.class, Finder.class, OwnProducer.class)) {
            Reader reader = application.get(Reader.class);
            assertThat(reader.books.getName()).isEqualTo("another");
            application.get(Finder.class).find("1");
            CacheManager own = (CacheManager) OwnProducer.MADE[0];
            assertThat(own.getCacheNames()).contains("found");
            own.close();
        }
    }

    @Dependent
    static class Mistaken {
        @Inject
        @CacheName("books")
        Cache<Long, Book> books;
    }

    @Test
    void a_cache_injected_with_other_types_than_it_has_is_an_error() {
        try (Application application = Application.of(Reader.class, Mistaken.class)) {
            assertThat(application.get(Reader.class).books.getName()).isEqualTo("books");
            assertThatThrownBy(() -> application.get(Mistaken.class))
                    .isInstanceOf(CacheAnnotationException.class)
                    .hasMessageContaining("cache 'books' has keys of java.lang.String")
                    .hasMessageContaining("inject it with the types");
        }
    }

    @Test
    void properties_come_under_the_providers_own_keys() {
        System.setProperty("distcache.timeout", "7s");
        try (Application application = Application.of(Reader.class)) {
            Properties properties = application.get(CacheManager.class).getProperties();
            assertThat(properties).containsEntry("distcache.timeout", "7s");
        } finally {
            System.clearProperty("distcache.timeout");
        }
    }

    /** The provider says what it knows when it is asked for what it does not. */
    @Test
    void every_option_of_the_provider_is_looked_up() {
        System.setProperty(Caching.JAVAX_CACHE_CACHING_PROVIDER, "io.distcache.jcache.DistCachingProvider");
        CachingProvider provider = Caching.getCachingProvider();
        assertThatThrownBy(() -> provider.getCacheManager(URI.create("distcache://h:1/n?nonsense=1"), null, null))
                .satisfies(e -> {
                    String text = String.valueOf(e.getMessage());
                    String known = text.substring(text.indexOf('[') + 1, text.indexOf("]. "));
                    List<String> options = Arrays.asList(known.split(", ", -1));
                    assertThat(options).hasSameElementsAs(Settings.OPTIONS);
                });
    }

    @Test
    void an_unknown_reaction_to_failures_is_an_error_of_deployment() {
        System.setProperty(Settings.ON_FAILURE, "ignore");
        try {
            assertThatThrownBy(() -> Application.of(Finder.class).close())
                    .hasMessageContaining("distcache.cdi.on-failure is 'ignore'; write proceed");
        } finally {
            System.clearProperty(Settings.ON_FAILURE);
        }
    }
}
