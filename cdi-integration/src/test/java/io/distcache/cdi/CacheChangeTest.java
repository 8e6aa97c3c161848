package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CacheChangeTest {
    private final Application application = Application.of(Shelf.class);
    private final Shelf shelf = application.get(Shelf.class);

    @ApplicationScoped
    @CacheDefaults(cacheName = "shelf")
    static class Shelf {
        @CacheResult
        public String find(String key) {
            return "from the method";
        }

        @CachePut
        public void put(String key, int unrelated, @CacheValue String value) {}

        @CachePut
        public void putKeyed(@CacheKey String key, int unrelated, @CacheValue String value) {}

        @CachePut(afterInvocation = false)
        public void putBefore(String key, @CacheValue String value) {
            throw new IllegalStateException();
        }

        @CachePut
        public void putUnlessItFails(String key, @CacheValue String value) {
            throw new IllegalStateException();
        }

        @CachePut(cacheFor = IllegalStateException.class)
        public void putForState(String key, @CacheValue String value) {
            throw new IllegalStateException();
        }

        @CachePut(noCacheFor = IllegalStateException.class)
        public void putSaveForState(String key, @CacheValue String value, RuntimeException e) {
            throw e;
        }

        @CacheRemove
        public void remove(String key) {}

        @CacheRemove(afterInvocation = false)
        public void removeBefore(String key) {
            throw new IllegalStateException();
        }

        @CacheRemove
        public void removeUnlessItFails(String key) {
            throw new IllegalStateException();
        }

        @CacheRemove(evictFor = RuntimeException.class, noEvictFor = IllegalArgumentException.class)
        public void removeForMost(@CacheKey String key, RuntimeException e) {
            throw e;
        }

        @CacheRemoveAll
        public void clear() {}

        @CacheRemoveAll(evictFor = IllegalStateException.class)
        public void clearAndFail() {
            throw new IllegalStateException();
        }
    }

    @BeforeEach
    void fill() {
        shelf.putKeyed("k", 1, "stored");
        assertThat(shelf.find("k")).isEqualTo("stored");
    }

    @AfterEach
    void close() {
        application.close();
    }

    private static void failing(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(RuntimeException.class);
    }

    @Test
    void put_keys_are_all_parameters_but_the_value() {
        shelf.put("a", 7, "b");
        assertThat(application.cache("shelf").get(CallKey.of(new Object[] {"a", 7})))
                .isEqualTo("b");
    }

    @Test
    void before_the_invocation_it_is_put_whatever_the_method_does() {
        failing(() -> shelf.putBefore("k", "new"));
        assertThat(shelf.find("k")).isEqualTo("new");
    }

    @Test
    void an_exception_prevents_a_put_unless_a_list_says_otherwise() {
        failing(() -> shelf.putUnlessItFails("k", "new"));
        assertThat(shelf.find("k")).isEqualTo("stored");
        failing(() -> shelf.putForState("k", "new"));
        assertThat(shelf.find("k")).isEqualTo("new");
    }

    @Test
    void with_only_exceptions_named_that_prevent_it_all_others_cause_the_put() {
        shelf.clear();
        RuntimeException state = new IllegalStateException();
        RuntimeException other = new IllegalArgumentException();
        failing(() -> shelf.putSaveForState("x", "new", state));
        assertThat(application.cache("shelf")).isEmpty();
        failing(() -> shelf.putSaveForState("x", "new", other));
        assertThat(application.cache("shelf")).hasSize(1);
    }

    @Test
    void remove_removes_the_entry() {
        shelf.remove("k");
        assertThat(shelf.find("k")).isEqualTo("from the method");
    }

    @Test
    void before_the_invocation_it_is_removed_whatever_the_method_does() {
        failing(() -> shelf.removeBefore("k"));
        assertThat(shelf.find("k")).isEqualTo("from the method");
    }

    @Test
    void both_lists_together_say_which_exceptions_remove() {
        failing(() -> shelf.removeUnlessItFails("k"));
        failing(() -> shelf.removeForMost("k", new IllegalArgumentException()));
        assertThat(shelf.find("k")).isEqualTo("stored");
        failing(() -> shelf.removeForMost("k", new IllegalStateException()));
        assertThat(shelf.find("k")).isEqualTo("from the method");
    }

    @Test
    void removeAll_removes_everything() {
        shelf.putKeyed("l", 1, "stored");
        shelf.clear();
        assertThat(application.cache("shelf")).isEmpty();
        shelf.putKeyed("l", 1, "stored");
        failing(shelf::clearAndFail);
        assertThat(application.cache("shelf")).isEmpty();
    }
}
