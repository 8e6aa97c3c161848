package com.acme.library;

import io.distcache.compatibility.Checks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.context.ConfigurableApplicationContext;

/** A web application whose caches are defined in {@code distcache.properties}. */
@SpringBootApplication
@EnableCaching
public class Application {
    /** Starts the application, uses it and ends it. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        int code;
        try (ConfigurableApplicationContext context = SpringApplication.run(Application.class)) {
            use(context, checks);
            code = checks.end();
        }
        System.exit(code);
    }

    private static void use(ConfigurableApplicationContext context, Checks checks) throws Exception {
        checks.holds("Spring's cache manager is a JCacheCacheManager", context.getBean(CacheManager.class) instanceof JCacheCacheManager);
        Library library = context.getBean(Library.class);
        Isbn isbn = new Isbn("978-0", 1);
        Book book = library.book(isbn);
        checks.equal("a record is cached under a record", new Book(isbn, "Notes", java.util.List.of("Ada")), book);
        library.book(new Isbn("978-0", 1));
        library.missing("nobody");
        library.missing("nobody");
        checks.equal("two arguments are a key", "12.50", library.price("978-0", "EUR").toPlainString());
        library.price("978-0", "EUR");
        library.stars(7);
        library.stars(7);
        if (checks.again()) {
            checks.equal("values are there after a restart: no method has run", "", library.calls());
        } else {
            checks.equal("each method has run once, null counts too", "book missing price stars ", library.calls());
            library.evict(new Isbn("978-0", 1));
            library.book(isbn);
            library.remove(7);
            library.stars(7);
            checks.equal("@CacheEvict and @CacheRemove remove", "book missing price stars book stars ", library.calls());
        }
        String port = context.getEnvironment().getProperty("local.server.port");
        checks.holds("Actuator knows the caches", get(port, "/actuator/caches").contains("\"books\""));
        String hits = get(port, "/actuator/metrics/cache.gets?tag=cache:books&tag=result:hit");
        checks.holds("Actuator's meters count hits: " + hits, hits.matches("(?s).*\"value\":[1-9].*"));
    }

    private static String get(String port, String path) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                        HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }
}
