package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.cache.JCacheMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Micrometer's meters of a cache work and count, whichever spelling of a URI that the documents show was chosen. The URIs are taken from the
 * documents as they stand there, with the addresses of real nodes in the place of their hosts.
 */
class DocumentedUrisIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern URI_IN_TEXT =
            Pattern.compile("distcache:(//|embedded)[^\\s`|)<>\"]*", Pattern.CASE_INSENSITIVE);
    private static final Pattern MEMBER =
            Pattern.compile("(?<name>[^=~]+[=~])?(?<host>[^:*+]+)(?<port>:[^*+]+)?(?<weight>[*+]\\d+)?");
    /** A row of README's table of options: its name, and its default. */
    private static final Pattern OPTION = Pattern.compile("^\\| `([a-z.-]+)` \\| `([^`]+)` \\|", Pattern.MULTILINE);

    @TempDir
    static Path directory;

    private static List<NodeProcess> nodes = List.of();
    private static int caches;

    @BeforeAll
    static void start() {
        nodes = Stream.generate(NodeProcess::start).limit(3).toList();
    }

    @AfterAll
    static void stop() {
        nodes.forEach(NodeProcess::close);
    }

    /** All of them, without such as only show what is optional. */
    static Set<String> documented() throws IOException {
        Set<String> uris = new LinkedHashSet<>();
        try (Stream<Path> documents = Files.list(ROOT.resolve("docs"))) {
            for (Path document : Stream.concat(Stream.of(ROOT.resolve("README.md")), documents.sorted())
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList()) {
                Matcher found = URI_IN_TEXT.matcher(Files.readString(document));
                while (found.find()) {
                    String uri = found.group().replaceFirst("[.,;:]+$", "");
                    if (!uri.contains("[")
                            && !uri.contains("=...")
                            && !found.group().contains("...")) {
                        uris.add(uri);
                    }
                }
            }
        }
        return uris;
    }

    /** One with each option of README's table, at its default or what stands for it. */
    static Stream<String> withOptions() throws IOException {
        Map<String, String> options = new TreeMap<>();
        Matcher rows = OPTION.matcher(Files.readString(ROOT.resolve("README.md")));
        while (rows.find()) {
            options.put(rows.group(1), rows.group(2).replace("pid N", "one,two"));
        }
        assertThat(options).containsKeys("timeout", "connect", "failure-policy", "client-name");
        String all = options.entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining("&"));
        return Stream.concat(
                options.entrySet().stream()
                        .map(option -> "distcache://h1:2050,h2:2050/shop?" + option.getKey() + "=" + option.getValue()),
                Stream.of(
                        "distcache://h1:2050,h2:2050/shop?" + all,
                        "distcache://h1:2050,h2:2050/shop?serialization.allow=com.acme.**&token=S3CRET",
                        "DistCache://n1=h1:2050*2,n2=h2:2050/shop?timeout=3s"));
    }

    @Test
    void the_documents_show_some() throws IOException {
        assertThat(documented())
                .contains(
                        "distcache://host:port/namespace",
                        "distcache://h1:2050,h2:2050,h3:2050/namespace",
                        "distcache://n1~h1:2050+2;n2~h2:2050/shop;timeout~3s",
                        "distcache:embedded")
                .hasSizeGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource({"documented", "withOptions"})
    void meters_of_a_cache_count(String documented) {
        try (CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(URI.create(onNodes(documented)), getClass().getClassLoader())) {
            String name = "books" + caches++;
            Cache<String, String> cache = manager.createCache(
                    name,
                    new MutableConfiguration<String, String>()
                            .setTypes(String.class, String.class)
                            .setStatisticsEnabled(true));
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new JCacheMetrics<>(cache, Tags.empty()).bindTo(registry);

            cache.put("k", "v");
            assertThat(cache.get("k")).isEqualTo("v");
            assertThat(cache.get("k")).isEqualTo("v");
            assertThat(cache.get("absent")).isNull();
            cache.remove("k");

            assertThat(gets(registry, "hit")).isEqualTo(2);
            assertThat(gets(registry, "miss")).isEqualTo(1);
            assertThat(registry.get("cache.puts").functionCounter().count()).isEqualTo(1);
            assertThat(registry.get("cache.removals").gauge().value()).isEqualTo(1);
            assertThat(manager.getURI().toString()).doesNotContain("CRET");
            registry.close();
        }
    }

    private static double gets(SimpleMeterRegistry registry, String result) {
        return registry.get("cache.gets")
                .tag("result", result)
                .functionCounter()
                .count();
    }

    /** The same with a node for each host. */
    private static String onNodes(String shown) {
        // The nodes here speak plain text and know no users; TlsClientIT has such as do.
        String uri = shown.replaceFirst("[?&]tls=true&tls.trust=[^&]*(&token-file=[^&]*)?", "");
        int begin = uri.indexOf("//");
        if (begin < 0) {
            return uri.replace("=DIR", "=" + directory);
        }
        String authority = uri.substring(begin + 2).split("[/?]", 2)[0];
        List<String> members = new ArrayList<>();
        String separator = authority.contains(";") ? ";" : ",";
        for (String member : authority.split("[,;]", -1)) {
            Matcher parts = MEMBER.matcher(member);
            assertThat(parts.matches()).as(member).isTrue();
            members.add((parts.group("name") == null ? "" : parts.group("name"))
                    + nodes.get(members.size()).address()
                    + (parts.group("weight") == null ? "" : parts.group("weight")));
        }
        return uri.substring(0, begin + 2)
                + String.join(separator, members)
                + uri.substring(begin + 2 + authority.length());
    }
}
