package com.acme.library;

import java.math.BigDecimal;
import java.util.List;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.stereotype.Service;

/** Methods with Spring's annotations and with those of JSR-107. */
@Service
public class Library {
    private final StringBuilder calls = new StringBuilder();

    /** Which methods have run. */
    public String calls() {
        return calls.toString();
    }

    /** A record by a record. */
    @Cacheable("books")
    public Book book(Isbn isbn) {
        calls.append("book ");
        return new Book(isbn, "Notes", List.of("Ada"));
    }

    /** Null, which Spring keeps as a value of its own. */
    @Cacheable("missing")
    public Book missing(String title) {
        calls.append("missing ");
        return null;
    }

    /** By two arguments, of which Spring makes a key of its own. */
    @Cacheable("prices")
    public BigDecimal price(String isbn, String currency) {
        calls.append("price ");
        return new BigDecimal("12.50");
    }

    /** Forgets a book. */
    @CacheEvict("books")
    public void evict(Isbn isbn) {}

    /** By the annotation of JSR-107. */
    @CacheResult(cacheName = "stars")
    public int stars(int reader) {
        calls.append("stars ");
        return 5;
    }

    /** Forgets the stars of a reader. */
    @CacheRemove(cacheName = "stars")
    public void remove(int reader) {}
}
