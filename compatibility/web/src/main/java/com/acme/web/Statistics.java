package com.acme.web;

import io.distcache.cdi.CacheName;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import java.util.Set;
import javax.cache.Cache;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What the cache of the annotated methods counts, as monitoring reads it. */
@ApplicationScoped
public class Statistics {
    @Inject
    @CacheName("reports")
    Cache<Object, Object> reports;

    @PostConstruct
    void begin() {
        reports.getCacheManager().enableStatistics(reports.getName(), true);
    }

    /** How often a report was found in the cache. */
    public long hits() throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        Set<ObjectName> names = server.queryNames(new ObjectName("javax.cache:type=CacheStatistics,Cache=reports,*"), null);
        return (Long) server.getAttribute(names.iterator().next(), "CacheHits");
    }
}
