package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.ObjectOutputStream;
import java.lang.annotation.Annotation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.GeneratedCacheKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Errors of the application's code around a cached method do not hide what the method did. */
class UserErrorsTest {
    private final Application application = Application.of(Service.class);
    private final Service service = application.get(Service.class);

    /** What the method throws, and what cannot be kept of it. */
    static final class Unwritable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private void writeObject(ObjectOutputStream out) {
            throw new NoClassDefFoundError("com/acme/Details");
        }
    }

    /** A key generator that misses a class. */
    public static final class BrokenKeys implements CacheKeyGenerator {
        @Override
        public GeneratedCacheKey generateCacheKey(CacheKeyInvocationContext<? extends Annotation> context) {
            throw new NoClassDefFoundError("com/acme/Keys");
        }
    }

    @ApplicationScoped
    @CacheDefaults(cacheName = "errors")
    static class Service {
        @CacheResult(exceptionCacheName = "failures")
        public String fail(String key) {
            throw new Unwritable();
        }

        @CacheResult(exceptionCacheName = "failures")
        public CompletableFuture<String> failLater(String key) {
            return CompletableFuture.failedFuture(new Unwritable());
        }

        @CacheRemove(cacheKeyGenerator = BrokenKeys.class, evictFor = IllegalStateException.class)
        public void remove(String key) {
            throw new IllegalStateException("its own");
        }

        @CacheRemove(cacheKeyGenerator = BrokenKeys.class, evictFor = IllegalStateException.class)
        public CompletableFuture<String> removeLater(String key) {
            return CompletableFuture.failedFuture(new IllegalStateException("its own"));
        }
    }

    @AfterEach
    void close() {
        application.close();
    }

    @Test
    void an_exception_that_cannot_be_kept_reaches_the_caller_all_the_same() {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> service.fail("k"))
                    .isInstanceOf(Unwritable.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).isNotEmpty());
            assertThatThrownBy(() -> service.failLater("k").get(20, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(Unwritable.class);
        }
    }

    @Test
    void a_change_that_fails_after_the_method_does_not_hide_what_it_threw() {
        assertThatThrownBy(() -> service.remove("k"))
                .isInstanceOf(IllegalStateException.class)
                .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(NoClassDefFoundError.class));
        assertThatThrownBy(() -> service.removeLater("k").get(20, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }
}
