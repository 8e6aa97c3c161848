package io.distcache.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;

/**
 * A JVM with a synchronous listener of the cache {@code main}. At keys that begin with {@code gate} the listener prints {@code at KEY} and
 * waits for a line; of those that begin with {@code first} it prints {@code heard KEY}.
 */
final class ListenerProcess {
    private ListenerProcess() {}

    /** Starts one; it prints {@code ready} when it listens. */
    static JavaProcess start(URI uri) {
        return JavaProcess.start(
                List.of(
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                ListenerProcess.class.getName(),
                List.of(uri.toString()));
    }

    /** Hears of every change. */
    public static final class GateKeeper
            implements CacheEntryCreatedListener<String, Object>,
                    CacheEntryUpdatedListener<String, Object>,
                    CacheEntryRemovedListener<String, Object> {
        private static final BufferedReader IN =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            events.forEach(GateKeeper::hears);
        }

        @Override
        public void onUpdated(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            events.forEach(GateKeeper::hears);
        }

        @Override
        public void onRemoved(Iterable<CacheEntryEvent<? extends String, ?>> events) {
            events.forEach(GateKeeper::hears);
        }

        private static void hears(CacheEntryEvent<? extends String, ?> event) {
            if (event.getKey().startsWith("first")) {
                System.out.println("heard " + event.getKey());
            }
            if (event.getKey().startsWith("gate")) {
                System.out.println("at " + event.getKey());
                try {
                    IN.readLine();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(URI.create(arguments[0]), ListenerProcess.class.getClassLoader());
        Cache<String, Object> cache = manager.getCache("main", String.class, Object.class);
        cache.registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(
                FactoryBuilder.factoryOf(GateKeeper.class), null, false, true));
        System.out.println("ready");
        Thread.currentThread().join();
    }
}
