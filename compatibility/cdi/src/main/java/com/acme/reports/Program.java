package com.acme.reports;

import io.distcache.cdi.CacheName;
import io.distcache.compatibility.Checks;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.management.ObjectName;

/** A program on a CDI container of its own. */
public final class Program {
    private Program() {}

    /** Has a cache and its manager injected. */
    @Dependent
    public static class Holder {
        @Inject
        CacheManager manager;

        @Inject
        @CacheName("notes")
        Cache<String, String> notes;
    }

    /** Takes which run this is. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        try (SeContainer container = SeContainerInitializer.newInstance().initialize()) {
            use(container, checks);
        }
        checks.equal(
                "nothing stays in JMX when the container is closed",
                0,
                ManagementFactory.getPlatformMBeanServer()
                        .queryNames(new ObjectName("javax.cache:*"), null)
                        .size());
        int code = checks.end();
        if (code != 0) {
            System.exit(code);
        }
    }

    private static void use(SeContainer container, Checks checks) throws Exception {
        Reports reports = container.select(Reports.class).get();
        Holder holder = container.select(Holder.class).get();
        String text = reports.of(1).text();
        reports.of(1);
        checks.equal("a future's value is cached", "made later", reports.later(1).toCompletableFuture().join().text());
        reports.later(1);
        holder.manager.enableStatistics("reports", true);
        if (checks.again()) {
            checks.equal("a value is there after a restart", "corrected", text);
            checks.equal("no method has run", "", reports.calls());
            checks.equal("an injected cache has what was put", "kept", holder.notes.get("note"));
        } else {
            checks.equal("each method has run once", "of later ", reports.calls());
            holder.notes.put("note", "kept");
            reports.sold(1);
            reports.of(1);
            checks.equal("@CacheRemove removes", "of later of ", reports.calls());
            reports.correct(1, new Report(1, "corrected"));
            checks.equal("@CachePut replaces", "corrected", reports.of(1).text());
        }
        reports.of(1);
        ObjectName name = new ObjectName("javax.cache:type=CacheStatistics,Cache=reports,*");
        checks.holds(
                "a statistics bean counts hits",
                ManagementFactory.getPlatformMBeanServer().queryNames(name, null).stream()
                        .anyMatch(Program::hasHits));
    }

    private static boolean hasHits(ObjectName name) {
        try {
            return (Long) ManagementFactory.getPlatformMBeanServer().getAttribute(name, "CacheHits") > 0;
        } catch (javax.management.JMException e) {
            throw new IllegalStateException("the bean " + name + " has no CacheHits", e);
        }
    }
}
