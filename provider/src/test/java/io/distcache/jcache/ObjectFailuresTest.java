package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.processor.EntryProcessor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Objects that do not become bytes, or bytes no object, fail as the standard says, with the client's failure as the cause. */
class ObjectFailuresTest {
    private static final Object UNSTORABLE = new Unstorable(1);

    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(
                    URI.create("distcache:embedded/failures"), getClass().getClassLoader());
    private final Cache<Object, Object> cache =
            manager.createCache("c", new MutableConfiguration<>().setTypes(Object.class, Object.class));
    private final RemoteCache remote = manager.unwrap(DistCacheClient.class)
            .remote()
            .attach("failures", "c")
            .orElseThrow(() -> new AssertionError("the cache was just made"));

    /** Neither a record nor a bean nor Serializable. */
    private static final class Unstorable {
        private final int number;

        Unstorable(int number) {
            this.number = number;
        }

        @Override
        public String toString() {
            return "unstorable " + number;
        }
    }

    private record Undeclared(int number) {}

    /** Another application's manager, which may make objects of that class. */
    private static CacheManager trusting(String namespace) {
        Properties allow = new Properties();
        allow.setProperty("distcache.serialization.allow", ObjectFailuresTest.class.getName() + "$*");
        return new DistCachingProvider()
                .getCacheManager(
                        URI.create("distcache:embedded/" + namespace),
                        ObjectFailuresTest.class.getClassLoader(),
                        allow);
    }

    @AfterEach
    void close() {
        manager.destroyCache("c");
        manager.close();
    }

    private void storeRaw(String key, String value) {
        Reply unused = remote.call(new Command.Put(
                remote.handle(), Bytes.ofUtf8(key), Bytes.ofUtf8(value), Condition.ALWAYS, Ttl.DEFINED, false));
    }

    private static void assertFails(ThrowingCallable call, Class<? extends DistCacheException> cause) {
        assertFailed(catchThrowable(call), cause);
    }

    private static void assertFailed(Throwable failure, Class<? extends DistCacheException> cause) {
        assertThat(failure).isExactlyInstanceOf(CacheException.class);
        assertThat(failure.getCause()).isExactlyInstanceOf(cause).hasMessage(failure.getMessage());
    }

    @Test
    void what_cannot_be_stored() {
        EntryProcessor<Object, Object, Void> sets = (entry, arguments) -> {
            entry.setValue(UNSTORABLE);
            return null;
        };
        Map<Object, Object> many = new HashMap<>(Map.of("k", UNSTORABLE));
        cache.put("there", 1);
        Stream.<ThrowingCallable>of(
                        () -> cache.put("k", UNSTORABLE),
                        () -> cache.put(UNSTORABLE, 1),
                        () -> cache.get(UNSTORABLE),
                        () -> cache.getAll(Set.of(UNSTORABLE)),
                        () -> cache.containsKey(UNSTORABLE),
                        () -> cache.remove(UNSTORABLE),
                        () -> cache.remove("there", UNSTORABLE),
                        () -> cache.replace("there", UNSTORABLE, 2),
                        () -> cache.replace("there", 1, UNSTORABLE),
                        () -> cache.getAndPut("k", UNSTORABLE),
                        () -> cache.putIfAbsent("k", UNSTORABLE),
                        () -> cache.putAll(many),
                        () -> cache.removeAll(Set.of(UNSTORABLE)),
                        () -> cache.invoke(UNSTORABLE, sets),
                        () -> cache.invoke("k", sets),
                        () -> computing().getOrCompute("k", () -> UNSTORABLE))
                .forEach(call -> assertFails(call, NotEncodableException.class));

        assertThat(cache.containsKey("k")).isFalse();
        assertThat(cache.get("there")).isEqualTo(1);
        assertThatThrownBy(cache.invokeAll(Set.of("k"), sets).get("k")::get)
                .isInstanceOf(CacheException.class)
                .cause()
                .satisfies(failure -> assertFailed(failure, NotEncodableException.class));
    }

    @Test
    void what_was_computed_later_and_cannot_be_stored() {
        Throwable failure = catchThrowable(() -> computing()
                .getOrComputeAsync("k", () -> CompletableFuture.completedFuture(UNSTORABLE), Runnable::run)
                .toCompletableFuture()
                .join());

        assertThat(failure).isInstanceOf(CompletionException.class);
        assertFailed(failure.getCause(), NotEncodableException.class);
    }

    @Test
    void what_may_not_be_made_of_bytes() {
        try (CacheManager trusting = trusting("failures")) {
            trusting.getCache("c", Object.class, Object.class).put("k", new Undeclared(1));
        }

        Stream.<ThrowingCallable>of(
                        () -> cache.get("k"),
                        () -> cache.getAll(Set.of("k")),
                        () -> cache.getAndPut("l", new Undeclared(2)),
                        () -> cache.invoke("k", (entry, arguments) -> entry.getValue()),
                        () -> cache.forEach(entry -> {}),
                        () -> computing().getOrCompute("k", () -> 1))
                .forEach(call -> assertFails(call, SerializationRefusedException.class));
    }

    @Test
    void what_is_no_object_any_more() {
        storeRaw("\u0002k", "\u0003short");

        assertThat(cache.get("k")).isNull();
        assertThat(cache.getAll(Set.of("k"))).isEmpty();
        assertThat(cache.iterator().hasNext()).isFalse();

        storeRaw("\u0003short", "\u0002value");
        assertFails(() -> cache.forEach(entry -> {}), UndecodableValueException.class);
    }

    @SuppressWarnings("unchecked") // the cache's own types
    private ComputingCache<Object, Object> computing() {
        return cache.unwrap(ComputingCache.class);
    }
}
