package com.acme.stall;

import io.distcache.cdi.CacheName;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import javax.cache.Cache;
import javax.cache.annotation.CacheResult;

/** A cached method, and its cache with statistics, so that there is an MBean. */
@ApplicationScoped
public class Prices {
    @Inject
    @CacheName("prices")
    Cache<Object, Object> prices;

    @PostConstruct
    void begin() {
        prices.getCacheManager().enableStatistics(prices.getName(), true);
    }

    /** The price of a product. */
    @CacheResult(cacheName = "prices")
    public Price of(int product) {
        return new Price(product, 12);
    }
}
