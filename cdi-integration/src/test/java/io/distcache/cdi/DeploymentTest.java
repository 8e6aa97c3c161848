package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.Dependent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What breaks a rule is found when the application starts, with bean, method and rule. */
class DeploymentTest {

    @Dependent
    static class NoValue {
        @CachePut
        void m(String key, String value) {}
    }

    @Dependent
    static class TwoValues {
        @CachePut
        void m(String key, @CacheValue String a, @CacheValue String b) {}
    }

    @Dependent
    static class KeyAndValue {
        @CachePut
        void m(@CacheKey @CacheValue String key) {}
    }

    @Dependent
    static class ValueToRemove {
        @CacheRemove
        void m(@CacheValue String key) {}
    }

    @Dependent
    static class KeyOfAll {
        @CacheRemoveAll
        void m(@CacheKey String key) {}
    }

    @Dependent
    static class TwoAnnotations {
        @CacheResult
        @CacheRemove
        String m(String key) {
            return key;
        }
    }

    @Dependent
    static class NoResult {
        @CacheResult
        void m(String key) {}
    }

    @Dependent
    static class PrivateMethod {
        @CacheRemove
        @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // it is there to be refused
        private void m(String key) {}
    }

    @Dependent
    static class FinalMethod {
        @CacheRemove
        final void m(String key) {}
    }

    static class Unmakeable implements CacheKeyGenerator {
        Unmakeable(int unused) {}

        @Override
        public GeneratedCacheKey generateCacheKey(
                CacheKeyInvocationContext<? extends java.lang.annotation.Annotation> context) {
            throw new AssertionError(((CacheInvocationContext<?>) context).getCacheName());
        }
    }

    @Dependent
    static class UnmakeableGenerator {
        @CacheRemove(cacheKeyGenerator = Unmakeable.class)
        void m(String key) {}
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(NoValue.class, "mark one parameter @CacheValue"),
                Arguments.of(TwoValues.class, "mark one parameter @CacheValue, not 2"),
                Arguments.of(KeyAndValue.class, "both @CacheKey and @CacheValue"),
                Arguments.of(ValueToRemove.class, "@CacheValue belongs to @CachePut"),
                Arguments.of(KeyOfAll.class, "@CacheRemoveAll has no key"),
                Arguments.of(TwoAnnotations.class, "[@CacheRemove, @CacheResult]"),
                Arguments.of(NoResult.class, "@CacheResult on a method that returns nothing"),
                Arguments.of(PrivateMethod.class, "it is private"),
                Arguments.of(FinalMethod.class, "it is final"),
                Arguments.of(UnmakeableGenerator.class, "no constructor without parameters"));
    }

    interface Inherited {
        @CacheRemove
        void m(String key);
    }

    static class WithoutScope implements Inherited {
        @Override
        public void m(String key) {}
    }

    @Test
    @SuppressWarnings("try")
    void a_bean_that_no_container_would_show_is_an_error_of_deployment() {
        assertThatThrownBy(() -> {
                    try (Application unused = Application.of(WithoutScope.class)) {
                        throw new AssertionError("it was deployed");
                    }
                })
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining("bean " + WithoutScope.class.getName())
                .hasMessageContaining("@CacheRemove of m from an interface")
                .hasMessageContaining("such as @Dependent");
    }

    @Dependent
    static class Plain {
        @CacheRemove
        void m(String key) {}
    }

    @Test
    @SuppressWarnings("try")
    void Weld_does_not_complain_of_an_extension_that_asks_about_every_class() {
        List<String> complaints = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (String.valueOf(record.getMessage()).contains("WELD-000411")
                        || record.getLevel().intValue() >= Level.WARNING.intValue()) {
                    complaints.add(String.valueOf(record.getMessage()));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger weld = Logger.getLogger("org.jboss.weld");
        weld.addHandler(handler);
        try (Application unused = Application.of(Plain.class)) {
            assertThat(complaints).isEmpty();
        } finally {
            weld.removeHandler(handler);
        }
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    @SuppressWarnings("try")
    void is_an_error_of_deployment(Class<?> bean, String rule) {
        assertThatThrownBy(() -> {
                    try (Application unused = Application.of(bean)) {
                        throw new AssertionError("it was deployed");
                    }
                })
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining("method m(")
                .hasMessageContaining(bean.getName())
                .hasMessageContaining(rule);
    }
}
