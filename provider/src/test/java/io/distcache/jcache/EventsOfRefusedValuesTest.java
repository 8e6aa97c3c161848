package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.SerializationRefusedException;
import java.net.URI;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A value that may not become an object here fails those who ask for it, and hides the event from nobody. */
class EventsOfRefusedValuesTest {
    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(
                    URI.create("distcache:embedded/refused"), getClass().getClassLoader());
    private final Cache<Object, Object> cache =
            manager.createCache("c", new MutableConfiguration<>().setTypes(Object.class, Object.class));

    private record Refused(int number) {}

    private final CacheManager trusting = trusting("refused");

    /** Another application's manager, which may make objects of that class. */
    private static CacheManager trusting(String namespace) {
        Properties allow = new Properties();
        allow.setProperty("distcache.serialization.allow", EventsOfRefusedValuesTest.class.getName() + "$*");
        return new DistCachingProvider()
                .getCacheManager(
                        URI.create("distcache:embedded/" + namespace),
                        EventsOfRefusedValuesTest.class.getClassLoader(),
                        allow);
    }

    private void put(String key, Object value) {
        trusting.getCache("c", Object.class, Object.class).put(key, value);
    }

    private interface Listener
            extends CacheEntryCreatedListener<Object, Object>,
                    CacheEntryUpdatedListener<Object, Object>,
                    CacheEntryRemovedListener<Object, Object> {
        void heard(CacheEntryEvent<?, ?> event);

        @Override
        default void onCreated(Iterable<CacheEntryEvent<? extends Object, ? extends Object>> events) {
            events.forEach(this::heard);
        }

        @Override
        default void onUpdated(Iterable<CacheEntryEvent<? extends Object, ? extends Object>> events) {
            events.forEach(this::heard);
        }

        @Override
        default void onRemoved(Iterable<CacheEntryEvent<? extends Object, ? extends Object>> events) {
            events.forEach(this::heard);
        }
    }

    private void listen(boolean synchronous, Consumer<CacheEntryEvent<?, ?>> heard) {
        Listener listener = heard::accept;
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, true, synchronous));
    }

    @AfterEach
    void close() {
        manager.destroyCache("c");
        trusting.close();
        manager.close();
    }

    @Test
    void keys_are_heard_by_synchronous_listeners() {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        BlockingQueue<Throwable> refused = new LinkedBlockingQueue<>();
        listen(true, event -> {
            heard.add(event + ", old value " + event.isOldValueAvailable());
            refused.add(catchThrowable(event::getValue));
        });

        put("k", new Refused(1));
        put("k", new Refused(2));
        cache.remove("k");

        assertThat(heard)
                .containsExactly(
                        "CREATED k, old value false", "UPDATED k, old value true", "REMOVED k, old value true");
        assertThat(refused)
                .hasSize(3)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(CacheException.class)
                        .hasCauseInstanceOf(SerializationRefusedException.class)
                        .hasMessageContaining(Refused.class.getName()));
    }

    @Test
    void keys_are_heard_by_asynchronous_listeners_beside_one_that_asks_for_the_value() throws Exception {
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        listen(false, event -> heard.add("value " + event.getValue()));
        listen(false, event -> heard.add(event.getKey()));

        put("k", new Refused(1));
        cache.put("l", "allowed");

        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("k");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("value allowed");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("l");
    }

    @Test
    void a_synchronous_listener_that_asks_for_the_value_tells_who_caused_the_event() {
        listen(
                true,
                event -> assertThat(event.isOldValueAvailable() ? event.getOldValue() : "created")
                        .isNotNull());

        put("k", new Refused(1));
        assertThatThrownBy(() -> cache.put("k", "allowed"))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasRootCauseInstanceOf(SerializationRefusedException.class);
        assertThat(cache.get("k")).isEqualTo("allowed");
    }
}
