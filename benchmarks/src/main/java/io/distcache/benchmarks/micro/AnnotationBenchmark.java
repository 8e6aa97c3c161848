package io.distcache.benchmarks.micro;

import io.distcache.cdi.CachingExtension;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a hit of an annotated method costs beyond the same call by hand, on an embedded node, so that no network hides it.
 * By hand the key is there already; the interceptor makes it anew.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AnnotationBenchmark {
    private static final String ISBN = "978-0262510875";

    private @Nullable SeContainer container;
    private Dependents dependent = new Dependents();
    private Scoped scoped = new Scoped();
    private Uncached uncached = new Uncached();
    private @Nullable Cache<Object, Object> cache;
    private Object key = ISBN;

    /** Without a client proxy before it. */
    @Dependent
    public static class Dependents {
        @CacheResult(cacheName = "titles")
        public String title(String isbn) {
            return "The title of " + isbn;
        }
    }

    /** With one. */
    @ApplicationScoped
    public static class Scoped {
        @CacheResult(cacheName = "titles")
        public String title(String isbn) {
            return "The title of " + isbn;
        }
    }

    /** What the container does for any interceptor. */
    @InterceptorBinding
    @Retention(RetentionPolicy.RUNTIME)
    public @interface Intercepted {}

    @Intercepted
    @Interceptor
    @Priority(1)
    public static class PassingOn {
        @AroundInvoke
        public Object around(InvocationContext context) throws Exception {
            return context.proceed();
        }
    }

    /** Intercepted, and not cached. */
    @Dependent
    public static class Uncached {
        @Intercepted
        public String title(String isbn) {
            return isbn;
        }
    }

    @Setup
    public void start() {
        System.setProperty("distcache.uri", "distcache:embedded");
        SeContainer started = SeContainerInitializer.newInstance()
                .disableDiscovery()
                .addExtensions(new CachingExtension())
                .addBeanClasses(Dependents.class, Scoped.class, Uncached.class, PassingOn.class)
                .initialize();
        container = started;
        dependent = started.select(Dependents.class).get();
        scoped = started.select(Scoped.class).get();
        uncached = started.select(Uncached.class).get();
        String unused = dependent.title(ISBN);
        Cache<Object, Object> titles = started.select(CacheManager.class).get().getCache("titles");
        key = titles.iterator().next().getKey();
        cache = titles;
    }

    @TearDown
    public void stop() {
        if (container != null) {
            container.close();
        }
    }

    @Benchmark
    public Object byHand() {
        return Objects.requireNonNull(cache).get(key);
    }

    @Benchmark
    public Object annotatedDependent() {
        return dependent.title(ISBN);
    }

    @Benchmark
    public Object annotatedBehindProxy() {
        return scoped.title(ISBN);
    }

    @Benchmark
    public Object interceptedAndNotCached() {
        return uncached.title(ISBN);
    }
}
