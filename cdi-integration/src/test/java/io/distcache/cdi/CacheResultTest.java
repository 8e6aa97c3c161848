package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CacheResultTest {
    private static final AtomicInteger CALLS = new AtomicInteger();
    private static final String DEFAULT_NAME = "io.distcache.cdi.CacheResultTest$Library.find(java.lang.String)";

    private final Application application = Application.of(Library.class);
    private final Library library = application.get(Library.class);

    record Book(String isbn, List<Chapter> chapters) {}

    record Chapter(String title) {}

    @ApplicationScoped
    static class Library {

        @CacheResult
        Book find(String isbn) {
            CALLS.incrementAndGet();
            return isbn.isEmpty() ? null : new Book(isbn, List.of(new Chapter("One")));
        }

        @CacheResult(cacheName = "many")
        public List<Book> byKeys(@CacheKey String a, int ignored, @CacheKey int[] b) {
            CALLS.incrementAndGet();
            return List.of(new Book(a + b[0], List.of()));
        }

        @CacheResult(cacheName = "none")
        public int withoutParameters() {
            return CALLS.incrementAndGet();
        }

        @CacheResult(cacheName = "always", skipGet = true)
        protected int always(String key) {
            return CALLS.incrementAndGet();
        }

        @CacheResult(cacheName = "always")
        public int sometimes(String key) {
            return CALLS.incrementAndGet();
        }

        @CacheResult(cacheName = "failing", exceptionCacheName = "failures")
        public int failing(String key) {
            CALLS.incrementAndGet();
            throw new IllegalStateException("no " + key);
        }

        @CacheResult(
                cacheName = "picky",
                exceptionCacheName = "failures",
                cachedExceptions = IOException.class,
                nonCachedExceptions = java.io.FileNotFoundException.class)
        public int picky(String key) throws IOException {
            CALLS.incrementAndGet();
            switch (key) {
                case "io" -> throw new IOException(key);
                case "file" -> throw new java.io.FileNotFoundException(key);
                default -> throw new IllegalArgumentException(key);
            }
        }

        @CacheResult(cacheName = "uncached exceptions")
        public int broken(String key) throws IOException {
            CALLS.incrementAndGet();
            throw new IOException(key);
        }
    }

    @AfterEach
    void close() {
        CALLS.set(0);
        application.close();
    }

    @Test
    void the_second_call_is_answered_from_the_cache_by_value() {
        Book first = library.find("1");
        Book second = library.find("1");
        assertThat(second).isEqualTo(first).isNotSameAs(first);
        assertThat(library.find("2").isbn()).isEqualTo("2");
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void the_default_cache_is_named_after_the_method_and_its_parameters() {
        library.find("1");
        assertThat(application.cache(DEFAULT_NAME))
                .hasSize(1)
                .allSatisfy(entry ->
                        assertThat(entry.getKey()).isEqualTo(CallKey.of("1")).hasToString("[1]"));
    }

    @Test
    void null_is_not_stored() {
        assertThat(library.find("")).isNull();
        assertThat(library.find("")).isNull();
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void only_parameters_marked_as_key_count_and_arrays_by_their_content() {
        library.byKeys("a", 1, new int[] {7});
        assertThat(library.byKeys("a", 2, new int[] {7})).containsExactly(new Book("a7", List.of()));
        assertThat(CALLS).hasValue(1);
        library.byKeys("a", 1, new int[] {8});
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void a_method_without_parameters_has_one_entry() {
        assertThat(library.withoutParameters()).isEqualTo(1);
        assertThat(library.withoutParameters()).isEqualTo(1);
    }

    @Test
    void skipGet_runs_the_method_each_time_and_stores_what_it_returns() {
        assertThat(library.always("k")).isEqualTo(1);
        assertThat(library.always("k")).isEqualTo(2);
        assertThat(library.sometimes("k")).isEqualTo(2);
    }

    @Test
    void an_exception_is_cached_and_thrown_again_with_the_stack_of_its_caller() {
        assertThatThrownBy(() -> library.failing("k")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(this::callFailing)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no k")
                .satisfies(e -> assertThat(e.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("callFailing")));
        assertThat(CALLS).hasValue(1);
    }

    private void callFailing() {
        library.failing("k");
    }

    @Test
    void the_lists_say_which_exceptions_are_cached() {
        for (String key : List.of("io", "io", "file", "file", "argument", "argument")) {
            assertThatThrownBy(() -> library.picky(key)).hasMessage(key);
        }
        assertThat(CALLS).hasValue(5);
    }

    @Test
    void without_an_exception_cache_exceptions_are_not_cached() {
        assertThatThrownBy(() -> library.broken("x")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> library.broken("x")).isInstanceOf(IOException.class);
        assertThat(CALLS).hasValue(2);
    }
}
