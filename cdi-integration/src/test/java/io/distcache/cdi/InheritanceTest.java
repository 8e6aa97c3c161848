package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Stereotype;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InheritanceTest {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private Application application;

    @AfterEach
    void close() {
        CALLS.set(0);
        application.close();
    }

    interface Finder<K, V> {
        @CacheResult(cacheName = "found")
        V find(@CacheKey K key, String ignored);

        @CacheResult
        default int defaulted(int n) {
            return CALLS.incrementAndGet();
        }
    }

    record Book(String isbn) {}

    @ApplicationScoped
    static class Books implements Finder<String, Book> {
        @Override
        public Book find(String key, String ignored) {
            CALLS.incrementAndGet();
            return new Book(key);
        }
    }

    @Test
    void annotations_of_a_generic_interface_and_its_parameters_count_for_the_method_that_implements_it() {
        application = Application.of(Books.class);
        Books books = application.get(Books.class);
        books.find("1", "a");
        assertThat(books.find("1", "b")).isEqualTo(new Book("1"));
        assertThat(CALLS).hasValue(1);
        assertThat(application.cache("found")).hasSize(1);
    }

    @Test
    void a_call_through_the_generic_interface_is_intercepted_once() {
        application = Application.of(Books.class);
        Finder<String, Book> finder = application.get(Books.class);
        finder.find("1", "a");
        finder.find("1", "b");
        assertThat(CALLS).hasValue(1);
        assertThat(application.cache("found")).hasSize(1);
    }

    @Test
    void a_default_method_is_cached() {
        application = Application.of(Books.class);
        Books books = application.get(Books.class);
        assertThat(books.defaulted(1)).isEqualTo(books.defaulted(1));
    }

    abstract static class Repository<K, V> {
        @CacheResult
        public V load(K key) {
            CALLS.incrementAndGet();
            return make(key);
        }

        @CacheResult
        V packagePrivate(K key) {
            CALLS.incrementAndGet();
            return make(key);
        }

        @CacheResult(cacheName = "overridden")
        protected V overridden(K key) {
            throw new AssertionError("it is overridden");
        }

        abstract V make(K key);
    }

    @Dependent
    @CacheDefaults(cacheName = "authors")
    static class Authors extends Repository<String, Book> {
        @Override
        Book make(String key) {
            return new Book(key);
        }

        @Override
        protected Book overridden(String key) {
            CALLS.incrementAndGet();
            return new Book(key);
        }
    }

    @Test
    void inherited_methods_are_cached_under_the_defaults_of_the_bean() {
        application = Application.of(Authors.class);
        Authors authors = application.get(Authors.class);
        authors.load("1");
        assertThat(authors.load("1")).isEqualTo(new Book("1"));
        authors.packagePrivate("2");
        assertThat(authors.packagePrivate("2")).isEqualTo(new Book("2"));
        assertThat(CALLS).hasValue(2);
        assertThat(application.cache("authors")).hasSize(2);
    }

    @Test
    void a_method_that_overrides_an_annotated_one_is_cached_as_it_is() {
        application = Application.of(Authors.class);
        Authors authors = application.get(Authors.class);
        authors.overridden("1");
        authors.overridden("1");
        assertThat(CALLS).hasValue(1);
        assertThat(application.cache("overridden")).hasSize(1);
    }

    @Stereotype
    @CacheDefaults(cacheName = "of the stereotype")
    @ApplicationScoped
    @Retention(RetentionPolicy.RUNTIME)
    @interface Remembering {}

    @Stereotype
    @Dependent
    @CacheResult(cacheName = "all results")
    @Retention(RetentionPolicy.RUNTIME)
    @interface AllCached {}

    @Remembering
    static class WithDefaults {
        @CacheResult
        public int one(int n) {
            return CALLS.incrementAndGet();
        }
    }

    @AllCached
    static class WithBinding {
        public int one(int n) {
            return CALLS.incrementAndGet();
        }

        public void nothing(int n) {
            CALLS.incrementAndGet();
        }

        @CachePut(cacheName = "other")
        public int put(int n, @CacheValue int value) {
            return CALLS.incrementAndGet();
        }
    }

    @Test
    void a_stereotype_may_carry_defaults() {
        application = Application.of(WithDefaults.class);
        WithDefaults bean = application.get(WithDefaults.class);
        assertThat(bean.one(1)).isEqualTo(bean.one(1));
        assertThat(application.cache("of the stereotype")).hasSize(1);
    }

    @Test
    void a_stereotype_may_carry_an_annotation_for_all_methods_save_those_with_their_own() {
        application = Application.of(WithBinding.class);
        WithBinding bean = application.get(WithBinding.class);
        assertThat(bean.one(1)).isEqualTo(bean.one(1));
        bean.nothing(1);
        bean.nothing(1);
        bean.put(1, 5);
        bean.put(1, 6);
        assertThat(CALLS).hasValue(5);
        assertThat(application.cache("all results")).hasSize(1);
        assertThat(application.cache("other").get(CallKey.of(1))).isEqualTo(6);
    }

    @CacheResult(cacheName = "class")
    @Dependent
    static class AnnotatedClass {
        public int one(int n) {
            return CALLS.incrementAndGet();
        }

        @Override
        public String toString() {
            return "called " + CALLS.incrementAndGet();
        }
    }

    @Test
    void an_annotation_of_a_class_counts_for_its_methods_but_those_of_Object() {
        application = Application.of(AnnotatedClass.class);
        AnnotatedClass bean = application.get(AnnotatedClass.class);
        assertThat(bean.one(1)).isEqualTo(bean.one(1));
        assertThat(bean.toString()).isNotEqualTo(bean.toString());
        assertThat(application.cache("class")).hasSize(1);
    }
}
