package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which class loaders know the classes of stored objects, and whose threads run what. The provider is in the parent of an application's. */
@Timeout(60)
class ClassLoadersTest {
    @TempDir
    static Path classes;

    private final DistCachingProvider provider = new DistCachingProvider();
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @AfterEach
    void close() {
        Thread.currentThread().setContextClassLoader(before);
        provider.close();
    }

    /** An application, of which its parent has nothing. */
    private static final class Application extends URLClassLoader {
        Application() throws IOException {
            super(new URL[] {classes.toUri().toURL()}, ClassLoadersTest.class.getClassLoader());
        }

        /** One that has a portable form, and one that has none. */
        List<Object> objects() throws ReflectiveOperationException {
            return List.of(
                    loadClass("application.Portable").getConstructor().newInstance(),
                    loadClass("application.Serialized").getConstructor().newInstance());
        }
    }

    @BeforeAll
    static void compile() throws IOException {
        Path portable = Files.writeString(
                Files.createDirectories(classes.resolve("application")).resolve("Portable.java"),
                "package application; public record Portable(String name) { public Portable() { this(\"ada\"); } }");
        Path serialized = Files.writeString(
                portable.resolveSibling("Serialized.java"),
                "package application; public class Serialized implements java.io.Serializable { String name = \"ada\"; }");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, portable.toString(), serialized.toString()))
                .isZero();
    }

    private CacheManager managerOf(ClassLoader loader) {
        Properties properties = new Properties();
        properties.setProperty("distcache.serialization.allow", "application.*");
        return provider.getCacheManager(URI.create("distcache:embedded/loaders"), loader, properties);
    }

    @SuppressWarnings("unchecked") // the class of the object is its type
    private static Cache<String, Object> cacheOf(CacheManager manager, Object value) {
        return manager.createCache(
                value.getClass().getSimpleName(),
                new MutableConfiguration<String, Object>().setTypes(String.class, (Class<Object>) value.getClass()));
    }

    @Test
    void classes_are_found_with_the_loader_of_the_declared_types_although_the_manager_has_another() throws Exception {
        CacheManager manager = managerOf(null);
        for (Object value : new Application().objects()) {
            Cache<String, Object> cache = cacheOf(manager, value);
            cache.put("k", value);
            assertThat(cache.get("k")).isInstanceOf(value.getClass());
            assertThat(cache.iterator().next().getValue()).isInstanceOf(value.getClass());
        }
    }

    @Test
    void then_with_the_managers() throws Exception {
        Application application = new Application();
        Cache<String, Object> cache = managerOf(application).createCache("objects", new MutableConfiguration<>());
        for (Object value : application.objects()) {
            cache.put("k", List.of(value));
            assertThat(((List<?>) cache.get("k")).get(0)).isInstanceOf(value.getClass());
        }
    }

    @Test
    void then_with_the_context_of_the_thread_that_asks_each_with_its_own() throws Exception {
        Cache<String, Object> shared = managerOf(null).createCache("objects", new MutableConfiguration<>());
        for (Application application : new Application[] {new Application(), new Application()}) {
            Thread.currentThread().setContextClassLoader(application);
            for (Object value : application.objects()) {
                shared.put("k", value);
                // What the first one found must not be remembered for the other.
                assertThat(shared.get("k")).isInstanceOf(value.getClass());
                assertThat(shared.get("k").getClass().getClassLoader()).isSameAs(application);
            }
        }
    }

    @Test
    void what_nobody_would_find_again_is_refused_when_it_is_put() throws Exception {
        Application application = new Application();
        Cache<String, Object> cache = managerOf(null).createCache("objects", new MutableConfiguration<>());
        ClassLoader other = new ClassLoader(ClassLoader.getPlatformClassLoader()) {};
        Thread.currentThread().setContextClassLoader(other);
        for (Object value : application.objects()) {
            for (Object put : List.of(value, List.of(value), new ArrayList<>(List.of(value)))) {
                assertThatThrownBy(() -> cache.put("k", put))
                        .isInstanceOf(CacheException.class)
                        .hasMessageContaining(value.getClass().getName())
                        .hasMessageContaining("have no such class")
                        .hasMessageContaining("Declare the type");
            }
            assertThatThrownBy(() -> cache.putAll(Map.of("k", value))).isInstanceOf(CacheException.class);
        }
        assertThat(cache.containsKey("k")).isFalse();
    }

    @Test
    void so_is_what_would_be_found_as_another_class_of_the_same_name() throws Exception {
        Application first = new Application();
        Cache<String, Object> cache = managerOf(first).createCache("objects", new MutableConfiguration<>());
        for (Object value : new Application().objects()) {
            assertThatThrownBy(() -> cache.put("k", value))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("have another class of that name");
        }
    }

    @Test
    void a_cache_that_exists_is_got_with_the_classes_that_it_is_asked_for_with() throws Exception {
        Object value = new Application().objects().get(0);
        Cache<String, Object> made = cacheOf(managerOf(null), value);
        made.put("k", value);
        CacheManager other = managerOf(new ClassLoader(getClass().getClassLoader()) {});

        Cache<String, ?> got = other.getCache(made.getName(), String.class, value.getClass());

        assertThat(got.get("k")).isInstanceOf(value.getClass());
    }

    @Test
    void listeners_loads_and_computations_run_in_the_context_of_their_manager() throws Exception {
        Thread.currentThread().setContextClassLoader(new Application());
        for (Application application : new Application[] {new Application(), new Application()}) {
            CacheManager manager = managerOf(application);
            BlockingQueue<ClassLoader> contexts = new LinkedBlockingQueue<>();
            CacheEntryCreatedListener<String, String> listener = events -> contexts.add(context());
            Cache<String, String> cache = manager.createCache(
                    "heard by " + System.identityHashCode(application),
                    new MutableConfiguration<String, String>()
                            .setTypes(String.class, String.class)
                            .setCacheLoaderFactory(() -> new CacheLoader<>() {
                                @Override
                                public String load(String key) {
                                    return key;
                                }

                                @Override
                                public Map<String, String> loadAll(Iterable<? extends String> keys) {
                                    contexts.add(context());
                                    return Map.of();
                                }
                            })
                            .addCacheEntryListenerConfiguration(
                                    new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, false)));

            cache.put("k", "v");
            assertThat(contexts.poll(10, TimeUnit.SECONDS)).isSameAs(application);
            CompletionListenerFuture loaded = new CompletionListenerFuture();
            cache.loadAll(Set.of("l"), true, loaded);
            loaded.get(10, TimeUnit.SECONDS);
            assertThat(contexts.poll(10, TimeUnit.SECONDS)).isSameAs(application);
        }
    }

    private static ClassLoader context() {
        return Thread.currentThread().getContextClassLoader();
    }
}
