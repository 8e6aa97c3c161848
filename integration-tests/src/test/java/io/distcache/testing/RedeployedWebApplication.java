package io.distcache.testing;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.net.URI;
import javax.cache.CacheManager;
import javax.cache.Caching;

/** Has {@link RedeployedApplication} run when it is deployed. Its context says what it closes, and whether that is only when it ends. */
public final class RedeployedWebApplication implements ServletContextListener {
    private CacheManager manager;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        String uri = context.getInitParameter("uri");
        String end = context.getInitParameter("end");
        try {
            RedeployedApplication.run(
                    uri, end.startsWith("in the end ") ? "nothing" : end, context.getInitParameter("tag"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        manager = Caching.getCachingProvider().getCacheManager(URI.create(uri), context.getClassLoader());
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        switch (event.getServletContext().getInitParameter("end")) {
            case "in the end manager" -> manager.close();
            case "in the end provider" -> Caching.getCachingProvider().close();
            default -> {}
        }
    }
}
