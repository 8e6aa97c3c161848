package io.distcache.jcache.internal.application;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hears in a servlet container when a web application ends. The container finds it by {@code META-INF/services}, and makes one for each
 * application, also where the jar is in a class loader above it; elsewhere this class is never loaded. Starts nothing. Stateless.
 *
 * <p>Listeners hear of the end in the opposite order of their registration, and this one has {@code META-INF/web-fragment.xml} put it
 * before those that other libraries register. Those that are declared in {@code web.xml} still come after it: what they close is closed
 * already, which is no error.
 */
public final class ServletApplications implements ServletContainerInitializer {
    @Override
    public void onStartup(@Nullable Set<Class<?>> none, ServletContext application) {
        application.addListener(new Ending());
    }

    private static final class Ending implements ServletContextListener {
        @Override
        public void contextDestroyed(ServletContextEvent event) {
            ServletContext ended = event.getServletContext();
            OpenManagers.applicationEnded(
                    ended.getClassLoader(), ended.getContextPath().isEmpty() ? "/" : ended.getContextPath());
        }
    }
}
