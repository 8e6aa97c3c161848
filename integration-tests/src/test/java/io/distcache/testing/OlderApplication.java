package io.distcache.testing;

import io.distcache.client.DistCacheClient;
import java.net.URI;
import java.util.Map;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** A process of {@link OtherVersionsIT}: uses libraries of its own, then a cache. */
final class OlderApplication {
    private OlderApplication() {}

    /** A value. */
    public record Book(String title, int year) {}

    /** Takes the URI of a cache manager. */
    public static void main(String[] arguments) throws Exception {
        System.out.println("Vert.x of the application: "
                + Class.forName("io.vertx.core.impl.launcher.commands.VersionCommand")
                        .getMethod("getVersion")
                        .invoke(null));
        Map<?, ?> netty = (Map<?, ?>)
                Class.forName("io.netty.util.Version").getMethod("identify").invoke(null);
        System.out.println("Netty of the application: " + netty.get("netty-common"));
        System.out.println("Jackson of the application: "
                + Class.forName("com.fasterxml.jackson.core.json.PackageVersion")
                        .getField("VERSION")
                        .get(null));
        URI uri = URI.create(arguments[0]);
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager(uri, null)) {
            Cache<String, Book> books = manager.createCache(
                    "books", new MutableConfiguration<String, Book>().setTypes(String.class, Book.class));
            books.put("sicp", new Book("SICP", 1985));
            System.out.println("a record: " + books.get("sicp"));
            if (uri.getHost() != null) {
                try (DistCacheClient client = DistCacheClient.connect(uri.getHost() + ":" + uri.getPort())) {
                    client.set("answer", 42);
                    Integer answer = client.get("answer");
                    System.out.println("the native API: " + answer);
                }
            }
        }
        System.out.println("native transport of ours: "
                + Class.forName("io.distcache.internal.io.netty.channel.epoll.Epoll")
                        .getMethod("isAvailable")
                        .invoke(null));
    }
}
