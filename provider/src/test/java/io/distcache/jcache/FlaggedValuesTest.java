package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryUpdatedListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What memcached keeps beside a value does not show in JCache. */
class FlaggedValuesTest {
    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(
                    URI.create("distcache:embedded/flagged"), getClass().getClassLoader());
    private final Cache<String, String> cache =
            manager.createCache("c", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    private final RemoteCache remote = manager.unwrap(DistCacheClient.class)
            .remote()
            .attach("flagged", "c")
            .orElseThrow(() -> new AssertionError("the cache was just made"));

    @AfterEach
    void close() {
        manager.destroyCache("c");
        manager.close();
    }

    private static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    private void storeFlagged(String key, String value) {
        Bytes flagged = Bytes.ofUtf8("\u0012\u0000abcd\u0002" + value);
        Reply unused =
                remote.call(new Command.Put(remote.handle(), text(key), flagged, Condition.ALWAYS, Ttl.DEFINED, false));
    }

    private boolean isFlagged(String key) {
        Reply.Value stored = (Reply.Value) remote.call(new Command.Get(remote.handle(), text(key)));
        return FlaggedValue.is(stored.value());
    }

    @Test
    void it_is_read_as_any_other() {
        storeFlagged("k", "a");

        assertThat(cache.get("k")).isEqualTo("a");
        assertThat(cache.getAll(Set.of("k"))).containsEntry("k", "a");
        assertThat(cache.iterator().next().getValue()).isEqualTo("a");
        assertThat(isFlagged("k")).isTrue();
    }

    @Test
    void it_is_replaced_and_removed_by_its_old_value() {
        storeFlagged("k", "a");

        assertThat(cache.replace("k", "x", "b")).isFalse();
        assertThat(cache.replace("k", "a", "b")).isTrue();
        assertThat(cache.get("k")).isEqualTo("b");
        assertThat(isFlagged("k")).isFalse();

        storeFlagged("k", "a");
        assertThat(cache.remove("k", "x")).isFalse();
        assertThat(cache.remove("k", "a")).isTrue();
        assertThat(cache.containsKey("k")).isFalse();
    }

    @Test
    void listeners_see_it_as_the_old_value() {
        List<String> heard = new ArrayList<>();
        CacheEntryUpdatedListener<String, String> listener =
                events -> events.forEach(event -> heard.add(event.getOldValue() + " -> " + event.getValue()));
        cache.registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(
                new FactoryBuilder.SingletonFactory<>(listener), null, true, true));
        storeFlagged("k", "a");

        cache.put("k", "b");

        assertThat(heard).containsExactly("a -> b");
    }

    @Test
    void entry_processors_see_it_as_any_other() {
        storeFlagged("k", "a");

        String seen = cache.invoke("k", (entry, arguments) -> {
            String value = entry.getValue();
            entry.setValue(value + "b");
            return value;
        });

        assertThat(seen).isEqualTo("a");
        assertThat(cache.get("k")).isEqualTo("ab");
    }
}
