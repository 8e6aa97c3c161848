package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.client.UnreachableException;
import io.distcache.jcache.DistCacheConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With {@code connect=lazy} an application starts without its nodes, and has its caches when they come. */
class LazyConnectIT {
    private static final ClassLoader LOADER = LazyConnectIT.class.getClassLoader();
    private static final Duration SOON = Duration.ofSeconds(3);

    private final Queue<AutoCloseable> opened = new ConcurrentLinkedQueue<>();
    private final int port = freePort();

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    private CacheManager lazy(String moreOptions) {
        CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://127.0.0.1:" + port + "/lazy?connect=lazy" + moreOptions), LOADER);
        opened.add(manager);
        return manager;
    }

    private NodeProcess nodeComes() {
        return opened(NodeProcess.start(List.of(), port));
    }

    private static MutableConfiguration<String, String> texts() {
        return new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setStatisticsEnabled(true)
                .setManagementEnabled(true);
    }

    private static void assertWorksSoon(Cache<String, String> cache) {
        eventually(() -> {
            cache.put("k", "v");
            assertThat(cache.get("k")).isEqualTo("v");
        });
    }

    @Test
    void caches_are_created_without_the_node_and_work_by_the_policy_until_it_comes() {
        long start = System.nanoTime();
        CacheManager manager = lazy("&failure-policy=miss");
        Cache<String, String> cache = manager.createCache("c", texts());
        assertThat(cache.get("k")).isNull();
        cache.put("k", "dropped");
        assertThat(cache.iterator()).isExhausted();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        assertThat(manager.getCacheNames()).containsExactly("c");
        Cache<String, String> same = manager.getCache("c", String.class, String.class);
        assertThat(same).isSameAs(cache);
        nodeComes();
        assertWorksSoon(cache);
    }

    @Test
    void under_throw_calls_say_what_is_wrong_with_the_node_until_it_comes() {
        Cache<String, String> cache = lazy("&failure-policy=throw").createCache("c", texts());
        assertThatThrownBy(() -> cache.get("k"))
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(UnreachableException.class)
                .hasMessageContaining("Connection refused");
        nodeComes();
        assertWorksSoon(cache);
    }

    @Test
    void a_cache_that_nobody_has_opened_here_is_null_and_one_can_be_created() {
        CacheManager manager = lazy("");
        Cache<String, String> unknown = manager.getCache("c", String.class, String.class);
        assertThat(unknown).isNull();
        Cache<String, String> cache = manager.createCache("c", texts());
        nodeComes();
        assertWorksSoon(cache);
    }

    @Test
    void a_node_that_has_another_cache_of_that_name_is_told_by_every_call_and_the_log() {
        Cache<String, String> cache = lazy("&failure-policy=miss").createCache("c", texts());
        NodeProcess node = nodeComesWithAnother();
        eventually(() -> assertThatThrownBy(() -> cache.get("k"))
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(DefinitionDiffersException.class)
                .hasMessageContaining("maxEntries=0, not 7")
                .hasMessageContaining(node.address()));
        assertThatThrownBy(() -> cache.put("k", "v")).hasCauseInstanceOf(DefinitionDiffersException.class);
        assertThatThrownBy(() -> cache.iterator().forEachRemaining(entry -> {}))
                .hasCauseInstanceOf(DefinitionDiffersException.class);
        cache.getCacheManager().destroyCache("c");
        assertWorksSoon(cache.getCacheManager().createCache("c", texts()));
    }

    /** Another application is first: the lazy one is kept from the node by its port until that has made its cache. */
    private NodeProcess nodeComesWithAnother() {
        NodeProcess node = opened(NodeProcess.start());
        CacheManager other = Caching.getCachingProvider().getCacheManager(node.uri("lazy"), LOADER);
        opened.add(other);
        DistCacheConfiguration<String, String> another = new DistCacheConfiguration<>();
        another.setTypes(String.class, String.class);
        other.createCache("c", another.maxEntries(7));
        opened(new PortForward(port, node.port()));
        return node;
    }

    @Test
    void one_that_was_made_without_types_is_shared_as_when_it_is_opened_at_once() {
        Cache<String, String> cache = lazy("").createCache("c", texts());
        NodeProcess node = opened(NodeProcess.start());
        DistCacheClient client = opened(DistCacheClient.connect(node.address()));
        client.keyspace("lazy", "c").set("k", "native");
        opened(new PortForward(port, node.port()));
        eventually(() -> assertThat(cache.get("k")).isEqualTo("native"));
    }

    @Test
    void listeners_of_before_hear_what_happens_afterwards() {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Factory<CacheEntryCreatedListener<String, String>> factory =
                () -> events -> events.forEach(event -> heard.add(event.getKey()));
        Cache<String, String> cache = lazy("&failure-policy=miss").createCache("c", texts());
        cache.registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(factory, null, false, true));
        Cache<String, String> configured = cache.getCacheManager()
                .createCache(
                        "configured",
                        texts().addCacheEntryListenerConfiguration(
                                        new MutableCacheEntryListenerConfiguration<>(factory, null, false, true)));
        nodeComes();
        eventually(() -> {
            cache.remove("a");
            cache.put("a", "v");
            configured.remove("b");
            configured.put("b", "v");
            assertThat(heard).contains("a", "b");
        });
    }

    @Test
    void loaders_and_writers_run_when_the_node_is_there_and_not_before() {
        Map<String, String> written = new ConcurrentHashMap<>();
        Cache<String, String> cache = lazy("&failure-policy=miss")
                .createCache(
                        "c",
                        texts().setReadThrough(true)
                                .setWriteThrough(true)
                                .setCacheLoaderFactory(() -> new Loader())
                                .setCacheWriterFactory(() -> new Writer(written)));
        assertThatThrownBy(() -> cache.get("k")).hasCauseInstanceOf(UnreachableException.class);
        assertThatThrownBy(() -> cache.put("k", "v")).hasCauseInstanceOf(UnreachableException.class);
        assertThat(written).isEmpty();
        nodeComes();
        eventually(() -> assertThat(cache.get("k")).isEqualTo("loaded k"));
        cache.put("k", "v");
        assertThat(written).containsEntry("k", "v");
    }

    private static final class Loader implements CacheLoader<String, String> {
        @Override
        public String load(String key) {
            return "loaded " + key;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            return StreamSupport.stream(keys.spliterator(), false).collect(Collectors.toMap(key -> key, this::load));
        }
    }

    private record Writer(Map<String, String> written) implements CacheWriter<String, String> {
        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            written.put(entry.getKey(), entry.getValue());
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.forEach(this::write);
        }

        @Override
        public void delete(Object key) {
            written.remove(key);
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.forEach(this::delete);
        }
    }

    @Test
    void to_destroy_a_cache_needs_the_node_and_closes_it_here_all_the_same() {
        CacheManager manager = lazy("&failure-policy=miss");
        Cache<String, String> cache = manager.createCache("c", texts());
        assertThatThrownBy(() -> manager.destroyCache("c"))
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(UnreachableException.class);
        assertThat(cache.isClosed()).isTrue();
        assertThat(manager.getCacheNames()).isEmpty();
    }

    @Test
    void the_native_client_says_that_no_node_is_there_and_goes_on_when_one_is() {
        DistCacheClient client = opened(DistCacheClient.connect(
                ClientConfig.parse("127.0.0.1:" + port).toBuilder().lazy(true).build()));
        assertThatThrownBy(() -> client.get("k"))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("Connection refused");
        assertThat(client.state()).isEqualTo(NodeListener.State.DOWN);
        nodeComes();
        eventually(() -> client.set("k", "v"));
        String value = client.get("k");
        assertThat(value).isEqualTo("v");
    }

    @Test
    void a_pool_of_which_one_node_comes_serves() {
        int second = freePort();
        CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://127.0.0.1:" + second + ",127.0.0.1:" + port + "/lazy?connect=lazy"),
                        LOADER);
        opened.add(manager);
        Cache<String, String> cache = manager.createCache("c", texts());
        assertThatThrownBy(() -> cache.get("k")).hasCauseInstanceOf(UnreachableException.class);
        nodeComes();
        assertWorksSoon(cache);
    }

    @Test
    void a_wrong_value_of_the_option_is_named() {
        assertThatThrownBy(() -> Caching.getCachingProvider()
                        .getCacheManager(URI.create("distcache://127.0.0.1:1/x?connect=later"), LOADER))
                .hasMessageContaining("option connect is 'later'; write eager or lazy");
    }
}
