package com.acme.web;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;

/** An ordinary bean; the annotations are those of JSR-107. */
@ApplicationScoped
@CacheDefaults(cacheName = "reports")
public class Reports {
    private final AtomicInteger calls = new AtomicInteger();

    /** Makes a report, once for each product. */
    @CacheResult
    public Report of(int product) {
        calls.incrementAndGet();
        return new Report(product, "made", "nobody's business");
    }

    /** Forgets a report. */
    @CacheRemove
    public void sold(int product) {}

    /** How often one was made. */
    public int calls() {
        return calls.get();
    }
}
