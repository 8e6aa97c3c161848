package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.SessionScoped;
import jakarta.inject.Inject;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.GeneratedCacheKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same annotated bean in the shapes that applications give it. */
class BeanKindsTest {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private Application application;

    @AfterEach
    void close() {
        CALLS.set(0);
        application.close();
    }

    @ApplicationScoped
    static class Database {
        String read(String isbn) {
            return "book " + isbn + " read " + CALLS.incrementAndGet();
        }
    }

    /** As on Quarkus: no field injection, no public members. */
    @ApplicationScoped
    @CacheDefaults(cacheName = "shared")
    static class ConstructorInjected {
        private final Database database;

        @Inject
        ConstructorInjected(Database database) {
            this.database = database;
        }

        /** For the client proxy. */
        protected ConstructorInjected() {
            this(new Database());
        }

        @CacheResult
        String find(String isbn) {
            return database.read(isbn);
        }

        String findThroughItself(String isbn) {
            return find(isbn);
        }
    }

    @Dependent
    @CacheDefaults(cacheName = "shared")
    static class DependentBean {
        private final Database database;

        @Inject
        DependentBean(Database database) {
            this.database = database;
        }

        @CacheResult
        String find(String isbn) {
            return database.read(isbn);
        }
    }

    @SessionScoped
    static class Passivating implements Serializable {
        private static final long serialVersionUID = 1L;

        @CacheResult
        public String find(String isbn) {
            return isbn;
        }
    }

    @Test
    void constructor_injected_beans_behind_client_proxies_are_cached() {
        application = Application.of(Database.class, ConstructorInjected.class);
        ConstructorInjected bean = application.get(ConstructorInjected.class);
        assertThat(bean.find("1")).isEqualTo(bean.find("1"));
        assertThat(CALLS).hasValue(1);
    }

    @Test
    void instances_of_a_dependent_bean_share_the_cache_with_each_other_and_with_other_beans() {
        application = Application.of(Database.class, ConstructorInjected.class, DependentBean.class);
        String first = application.get(DependentBean.class).find("1");
        assertThat(application.get(DependentBean.class).find("1")).isEqualTo(first);
        assertThat(application.get(ConstructorInjected.class).find("1")).isEqualTo(first);
        assertThat(CALLS).hasValue(1);
    }

    @Test
    void a_call_of_a_bean_to_itself_is_intercepted_as_the_container_does_it() {
        application = Application.of(Database.class, ConstructorInjected.class);
        ConstructorInjected bean = application.get(ConstructorInjected.class);
        // Weld intercepts by subclass, and yet leaves calls from inside a bean alone, as CDI says.
        bean.findThroughItself("1");
        bean.findThroughItself("1");
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void beans_that_may_be_passivated_can_be_annotated() {
        application = Application.of(Passivating.class);
        assertThat(application.container().getBeanManager().getBeans(Passivating.class))
                .hasSize(1);
    }

    @ApplicationScoped
    static class CountingKeys implements CacheKeyGenerator {
        @Inject
        Database database;

        @Override
        public GeneratedCacheKey generateCacheKey(
                CacheKeyInvocationContext<? extends java.lang.annotation.Annotation> context) {
            assertThat(context.getMethod().getName()).isEqualTo("find");
            assertThat(context.getCacheName()).isEqualTo("generated");
            assertThat(context.getAllParameters()).hasSize(2);
            assertThat(context.getValueParameter()).isNull();
            return CallKey.of(
                    database == null
                            ? "not injected"
                            : context.getKeyParameters()[0]
                                    .getValue()
                                    .toString()
                                    .substring(0, 1));
        }
    }

    @Dependent
    static class WithGenerator {
        @CacheResult(cacheName = "generated", cacheKeyGenerator = CountingKeys.class)
        public int find(String word, int other) {
            return CALLS.incrementAndGet();
        }
    }

    @Test
    void a_key_generator_that_is_a_bean_is_injected() {
        application = Application.of(Database.class, CountingKeys.class, WithGenerator.class);
        WithGenerator bean = application.get(WithGenerator.class);
        assertThat(bean.find("alpha", 1)).isEqualTo(bean.find("aleph", 2));
        assertThat(application.cache("generated").containsKey(CallKey.of("a"))).isTrue();
    }

    static class FirstLetter implements CacheKeyGenerator {
        @Override
        public GeneratedCacheKey generateCacheKey(
                CacheKeyInvocationContext<? extends java.lang.annotation.Annotation> context) {
            return CallKey.of(
                    context.getKeyParameters()[0].getValue().toString().substring(0, 1));
        }
    }

    @Dependent
    @CacheDefaults(cacheName = "instantiated", cacheKeyGenerator = FirstLetter.class)
    static class WithInstantiated {
        @CacheResult
        public int find(String word) {
            return CALLS.incrementAndGet();
        }
    }

    @Test
    void a_key_generator_that_is_no_bean_is_instantiated() {
        application = Application.of(WithInstantiated.class);
        WithInstantiated bean = application.get(WithInstantiated.class);
        assertThat(bean.find("alpha")).isEqualTo(bean.find("aleph"));
    }
}
