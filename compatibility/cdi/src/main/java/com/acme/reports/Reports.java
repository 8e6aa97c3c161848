package com.acme.reports;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;

/** An ordinary bean; the annotations are those of JSR-107. */
@ApplicationScoped
@CacheDefaults(cacheName = "reports")
public class Reports {
    private final StringBuilder calls = new StringBuilder();

    /** Which methods have run. */
    public String calls() {
        return calls.toString();
    }

    /** Makes a report, once for each product. */
    @CacheResult
    public Report of(int product) {
        calls.append("of ");
        return new Report(product, "made");
    }

    /** Makes one later. */
    @CacheResult(cacheName = "later")
    public CompletionStage<Report> later(int product) {
        calls.append("later ");
        return CompletableFuture.completedFuture(new Report(product, "made later"));
    }

    /** Replaces a report. */
    @CachePut
    public void correct(int product, @CacheValue Report report) {}

    /** Forgets a report. */
    @CacheRemove
    public void sold(int product) {}
}
