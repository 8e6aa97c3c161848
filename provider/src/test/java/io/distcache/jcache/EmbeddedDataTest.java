package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedded node with a data directory. */
class EmbeddedDataTest {

    @TempDir
    private Path directory;

    @Test
    void entries_and_caches_are_there_again_when_the_directory_is_named_again() {
        try (CacheManager manager = manager("")) {
            Cache<String, Integer> cache = manager.createCache("ages", configuration());
            cache.put("ada", 36);
            cache.put("gone", 1);
            cache.remove("gone");
        }
        assertThat(directory.resolve("data").resolve("log")).isNotEmptyDirectory();
        try (CacheManager manager = manager("")) {
            Cache<String, Integer> cache = manager.createCache("ages", configuration());
            assertThat(cache.get("ada")).isEqualTo(36);
            assertThat(cache.containsKey("gone")).isFalse();
        }
    }

    @Test
    void two_nodes_cannot_have_one_directory() {
        try (CacheManager first = manager("");
                CacheManager second = manager("&store.shards=2")) {
            first.createCache("ages", configuration()).put("ada", 36);

            assertThatThrownBy(() -> second.createCache("ages", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("in use");
            assertThat(first.<String, Integer>getCache("ages", String.class, Integer.class)
                            .get("ada"))
                    .isEqualTo(36);
        }
    }

    @Test
    void a_directory_of_a_later_format_is_refused() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(data.resolve("format"), "distcache 2\n");
        try (CacheManager manager = manager("")) {
            assertThatThrownBy(() -> manager.createCache("ages", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("format version 2");
        }
        assertThat(data).isDirectoryNotContaining(file -> !file.endsWith("format"));
    }

    private CacheManager manager(String more) {
        URI uri = URI.create("distcache:embedded/test?dataDir=" + directory.resolve("data") + more);
        return new DistCachingProvider().getCacheManager(uri, getClass().getClassLoader());
    }

    private static MutableConfiguration<String, Integer> configuration() {
        return new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class);
    }
}
