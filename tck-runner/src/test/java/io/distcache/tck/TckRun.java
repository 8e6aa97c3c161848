package io.distcache.tck;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.Test;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Runs every core test of the JSR-107 TCK's jar in this JVM, or with the argument {@code annotations} every annotation test, found
 * by its {@code @Test} methods and not by name patterns, and prints what ran. The provider's default URI says against what. Exit
 * code 1 on any failure, 2 if fewer tests ran than must.
 */
public final class TckRun {
    private static final String JAR = "cache-tests-1.1.1-tests.jar";
    private static final String ANNOTATIONS = "org.jsr107.tck.annotation.";
    private static final int MUST_RUN = 481;
    private static final int ANNOTATIONS_MUST_RUN = 12;
    /** Tests of storing by reference, which is optional: these skip themselves. */
    private static final int MAY_SKIP = 12;

    private TckRun() {}

    public static void main(String[] arguments) throws Exception {
        boolean annotations = List.of(arguments).contains("annotations");
        int mustRun = annotations ? ANNOTATIONS_MUST_RUN : MUST_RUN;
        int maySkip = annotations ? 0 : MAY_SKIP;
        SkipCounter skips = new SkipCounter();
        LogManager.getLogManager().reset();
        Logger.getLogger("").addHandler(skips);
        JUnitCore core = new JUnitCore();
        Counter counter = new Counter();
        core.addListener(counter);
        Class<?>[] classes = testClasses(annotations).toArray(Class<?>[]::new);
        Result result = core.run(classes);
        for (Failure failure : result.getFailures()) {
            System.out.println("FAILED " + failure.getTestHeader() + "\n" + failure.getTrace());
        }
        int ran = counter.finished - counter.assumptionsFailed;
        int skipped = skips.count + counter.assumptionsFailed;
        System.out.println("TCK 1.1.1" + (annotations ? " annotations" : "") + " on JDK "
                + Runtime.version().feature() + " with "
                + System.getProperty("distcache.uri") + ": " + classes.length + " classes, " + ran + " tests run, "
                + result.getFailureCount() + " failed, " + skips.count + " of them skipped themselves"
                + (annotations ? ", " : " (store by reference), ") + counter.ignored + " ignored");
        System.out.println(ran - result.getFailureCount() + " passed, " + result.getFailureCount() + " failed");
        if (ran < mustRun || skipped > maySkip) {
            System.out.println("FAILED: " + mustRun + " tests must run and at most " + maySkip + " skip themselves");
            System.exit(2);
        }
        System.exit(result.wasSuccessful() ? 0 : 1);
    }

    private static List<Class<?>> testClasses(boolean annotations) throws IOException, ClassNotFoundException {
        String path = null;
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (element.endsWith(JAR)) {
                path = element;
            }
        }
        if (path == null) {
            throw new IllegalStateException(JAR + " is not on the class path");
        }
        List<Class<?>> found = new ArrayList<>();
        try (JarFile jar = new JarFile(path)) {
            for (var entry : Collections.list(jar.entries())) {
                String name = entry.getName();
                if (name.endsWith(".class")) {
                    String className = name.substring(0, name.length() - 6).replace('/', '.');
                    if (className.startsWith(ANNOTATIONS) == annotations) {
                        Class<?> type = Class.forName(className, false, TckRun.class.getClassLoader());
                        if (hasTests(type)) {
                            found.add(type);
                        }
                    }
                }
            }
        }
        found.sort((a, b) -> a.getName().compareTo(b.getName()));
        return found;
    }

    private static boolean hasTests(Class<?> type) {
        if (Modifier.isAbstract(type.getModifiers()) || !Modifier.isPublic(type.getModifiers())) {
            return false;
        }
        for (Method method : type.getMethods()) {
            if (method.isAnnotationPresent(Test.class)) {
                return true;
            }
        }
        return false;
    }

    private static final class Counter extends RunListener {
        private int finished;
        private int ignored;
        private int assumptionsFailed;

        @Override
        public void testFinished(Description description) {
            finished++;
        }

        @Override
        public void testIgnored(Description description) {
            ignored++;
            System.out.println("IGNORED " + description);
        }

        @Override
        public void testAssumptionFailure(Failure failure) {
            assumptionsFailed++;
            System.out.println("SKIPPED " + failure);
        }
    }

    /** The TCK's rule for excluded tests passes them without running; it only logs. */
    private static final class SkipCounter extends Handler {
        private final Set<String> seen = new HashSet<>();
        private int count;

        @Override
        public void publish(LogRecord record) {
            String message = String.valueOf(record.getMessage());
            if (message.contains("EXCLUDING TEST")) {
                if (seen.add(message) && !message.contains("dummyTest")) {
                    count++;
                    System.out.println(message);
                }
            } else if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
                System.out.println(record.getLoggerName() + ": " + message);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
