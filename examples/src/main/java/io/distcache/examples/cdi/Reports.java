package io.distcache.examples.cdi;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;

// README begins cdi
/** An ordinary bean; the annotations are those of JSR-107. */
@ApplicationScoped
@CacheDefaults(cacheName = "reports")
class Reports {
    @Inject
    Orders orders;

    @CacheResult(exceptionCacheName = "unknown-products")
    Report of(int product) {
        return new Report(product, orders.revenueOf(product));
    }

    @CacheResult
    CompletionStage<Report> later(int product) {
        return CompletableFuture.supplyAsync(() -> new Report(product, orders.revenueOf(product)));
    }

    @CachePut
    void correct(int product, @CacheValue Report report) {}

    @CacheRemove
    void ordered(int product) {}

    @CacheRemoveAll
    void startAfresh() {}
}
// README ends cdi
